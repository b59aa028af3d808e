import { useState } from "react";
import { workspaceFileUrl } from "@/parts/api/queries";
import type { Image } from "@/parts/api/types";
import { Dialog } from "@/parts/ui/dialog";
import styles from "./tool-card.module.css";

interface ScreenshotProps {
  image: Image;
  harness: string;
  sessionId: string;
}

/** A picture that a tool made: small, in a frame of fixed size, and whole when pressed. */
export function Screenshot({ image, harness, sessionId }: ScreenshotProps) {
  const [isOpen, setOpen] = useState(false);
  const [isGone, setGone] = useState(false);
  const { file, bytes } = image.source;
  const name = file?.split("/").at(-1) ?? `picture.${image.format}`;
  const source = file === undefined ? `data:image/${image.format};base64,${bytes ?? ""}` : workspaceFileUrl(harness, sessionId, file);
  if (isGone) return <div className={styles.gone}>{name} is no longer in the workspace</div>;
  return (
    <>
      <button type="button" className={styles.thumbnail} onClick={() => setOpen(true)} aria-label={`Enlarge ${name}`}>
        <img src={source} alt={name} onError={() => setGone(true)} />
      </button>
      <Dialog title={name} shape="wide" isOpen={isOpen} onOpenChange={setOpen}>
        <img className={styles.whole} src={source} alt={name} />
      </Dialog>
    </>
  );
}
