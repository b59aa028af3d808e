import type { AliasRoute } from "@/parts/api/types";
import styles from "./machine.module.css";

/** The shares of an alias's versions, as a bar and in words. */
export function WeightBar({ routes }: { routes: readonly AliasRoute[] }) {
  return (
    <div className={styles.weights}>
      <div className={styles.bar} aria-hidden="true">
        {routes.map(({ version, weight }) => (
          <span key={version} style={{ flexGrow: weight }} />
        ))}
      </div>
      <ul className={styles.shares}>
        {routes.map(({ version, weight }) => (
          <li key={version}>
            version {version} · {weight} %
          </li>
        ))}
      </ul>
    </div>
  );
}
