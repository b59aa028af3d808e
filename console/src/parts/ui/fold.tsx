import * as Radix from "@radix-ui/react-collapsible";
import type { ReactNode } from "react";
import { classes } from "./classes";
import styles from "./fold.module.css";
import { Icon } from "./icons";

interface FoldProps {
  head: ReactNode;
  children: ReactNode;
  isOpen?: boolean;
  onOpenChange?: (isOpen: boolean) => void;
  className?: string;
}

/** A line that opens what is below it. Uncontrolled unless `isOpen` is given; closed at first. */
export function Fold({ head, children, isOpen, onOpenChange, className }: FoldProps) {
  const control = isOpen === undefined ? {} : { open: isOpen };
  return (
    <Radix.Root className={classes(styles.fold, className)} {...control} {...(onOpenChange ? { onOpenChange } : {})}>
      <Radix.Trigger className={styles.trigger}>
        <Icon name="chevron" className={styles.chevron} width={12} height={12} />
        {head}
      </Radix.Trigger>
      <Radix.Content>{children}</Radix.Content>
    </Radix.Root>
  );
}
