import type { ButtonHTMLAttributes, Ref } from "react";
import styles from "./button.module.css";
import { classes } from "./classes";

interface Look {
  look?: "primary" | "plain" | "quiet" | "danger";
  /** Square, for a lone icon; such a button needs `aria-label`. */
  isIcon?: boolean;
}

/** The class names of a button, for links that look like one. */
export function buttonClass({ look = "plain", isIcon = false }: Look = {}): string {
  return classes(styles.button, styles[look], isIcon && styles.icon);
}

export function Button({
  look,
  isIcon,
  className,
  ...rest
}: Look & ButtonHTMLAttributes<HTMLButtonElement> & { ref?: Ref<HTMLButtonElement> }) {
  return <button type="button" className={classes(buttonClass({ look, isIcon }), className)} {...rest} />;
}
