import { Field, TextInput } from "@/parts/ui/field";
import styles from "./token-field.module.css";

interface TokenFieldProps {
  token: string;
  onToken: (token: string) => void;
}

/** For a harness with an authorizer: the token of whoever asks. It stays in this page and is gone with it. */
export function TokenField({ token, onToken }: TokenFieldProps) {
  return (
    <Field label="This harness asks for a bearer token of its issuer" className={styles.token}>
      {(id) => (
        <TextInput id={id} type="password" value={token} placeholder="Token" onChange={(event) => onToken(event.target.value.trim())} />
      )}
    </Field>
  );
}
