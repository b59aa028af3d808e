import { type InputHTMLAttributes, type ReactNode, type Ref, type SelectHTMLAttributes, useId } from "react";
import { classes } from "./classes";
import styles from "./field.module.css";

/** A control under its name. `children` gets the id that ties the two. */
export function Field({ label, children, className }: { label: string; children: (id: string) => ReactNode; className?: string | undefined }) {
  const id = useId();
  return (
    <div className={classes(styles.field, className)}>
      <label htmlFor={id}>{label}</label>
      {children(id)}
    </div>
  );
}

export function TextInput({ className, ...rest }: InputHTMLAttributes<HTMLInputElement> & { ref?: Ref<HTMLInputElement> }) {
  return <input type="text" autoComplete="off" spellCheck={false} className={classes(styles.control, className)} {...rest} />;
}

export function Select({ className, ...rest }: SelectHTMLAttributes<HTMLSelectElement>) {
  return <select className={classes(styles.control, className)} {...rest} />;
}
