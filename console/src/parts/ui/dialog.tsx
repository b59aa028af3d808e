import * as Radix from "@radix-ui/react-dialog";
import { type ReactNode, type RefObject, useRef } from "react";
import { Button } from "./button";
import { classes } from "./classes";
import styles from "./dialog.module.css";
import { Icon } from "./icons";

interface DialogProps {
  title: string;
  description?: ReactNode;
  isOpen: boolean;
  onOpenChange: (isOpen: boolean) => void;
  /** `sheet` comes in from the left edge, `wide` takes what the window gives. */
  shape?: "dialog" | "sheet" | "wide";
  /** Takes the focus when what opened the dialog is gone by then. */
  fallback?: RefObject<HTMLElement | null>;
  children: ReactNode;
}

/** Holds the focus while it is open and gives it back after; Escape and a press outside close it. */
export function Dialog({ title, description, isOpen, onOpenChange, shape = "dialog", fallback, children }: DialogProps) {
  // The library gives the focus back to a trigger of its own; ours open from anywhere, so the place is kept here.
  const opener = useRef<Element | null>(null);
  const keepOpener = () => {
    opener.current = document.activeElement;
  };
  const returnFocus = (event: Event) => {
    const target = opener.current?.isConnected ? opener.current : fallback?.current;
    if (!(target instanceof HTMLElement)) return;
    event.preventDefault();
    target.focus();
  };
  const undescribed = description === undefined ? { "aria-describedby": undefined } : {};
  return (
    <Radix.Root open={isOpen} onOpenChange={onOpenChange}>
      <Radix.Portal>
        <Radix.Overlay className={styles.scrim} />
        <Radix.Content
          className={classes(styles.content, styles[shape])}
          onOpenAutoFocus={keepOpener}
          onCloseAutoFocus={returnFocus}
          {...undescribed}
        >
          <div className={styles.head}>
            <Radix.Title className={styles.title}>{title}</Radix.Title>
            <Radix.Close asChild>
              <Button look="quiet" isIcon aria-label="Close">
                <Icon name="cross" />
              </Button>
            </Radix.Close>
          </div>
          {description !== undefined && <Radix.Description className={styles.description}>{description}</Radix.Description>}
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

/** The line of buttons that ends a dialog. */
export function DialogActions({ children }: { children: ReactNode }) {
  return <div className={styles.actions}>{children}</div>;
}
