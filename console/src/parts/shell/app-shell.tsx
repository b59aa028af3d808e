import { useQuery } from "@tanstack/react-query";
import { Link, Outlet } from "@tanstack/react-router";
import { statusQuery } from "@/parts/api/queries";
import { approvalsQuery } from "@/parts/approvals/queries";
import { Dot } from "@/parts/ui/badge";
import { Button } from "@/parts/ui/button";
import { classes } from "@/parts/ui/classes";
import { Icon } from "@/parts/ui/icons";
import styles from "./app-shell.module.css";
import { type Theme, useTheme } from "./theme";

const kMainId = "main";

/** The bar over every room: home, the server's health, light or dark. */
export function AppShell() {
  return (
    <div className={styles.shell}>
      <a className={styles.skip} href={`#${kMainId}`}>
        Skip to content
      </a>
      <header className={styles.bar}>
        <Link to="/" className={styles.home} aria-label="soma">
          <img src="/favicon.svg" alt="" width="20" height="20" />
          <span className={styles.name}>soma</span>
        </Link>
        <Link to="/" className={styles.place} activeOptions={{ exact: true }} activeProps={{ "aria-current": "page" }}>
          Harnesses
        </Link>
        <Link to="/workflows" className={styles.place} activeProps={{ "aria-current": "page" }}>
          Workflows
        </Link>
        <Link to="/memory" className={styles.place} activeProps={{ "aria-current": "page" }}>
          Memory
        </Link>
        <ApprovalsLink />
        <ServerStatus />
        <ThemeSwitch />
      </header>
      <main id={kMainId} tabIndex={-1} className={styles.main}>
        <Outlet />
      </main>
    </div>
  );
}

/** The way to the inbox, with how many calls wait there. */
function ApprovalsLink() {
  const { data } = useQuery(approvalsQuery);
  const count = data?.length ?? 0;
  return (
    <Link to="/approvals" className={styles.place} activeProps={{ "aria-current": "page" }}>
      Approvals
      {count > 0 && (
        <span className={styles.count}>
          {count}
          <span className="visually-hidden"> waiting</span>
        </span>
      )}
    </Link>
  );
}

function ServerStatus() {
  const { data, isError } = useQuery(statusQuery);
  const word = isError ? "Server unreachable" : data ? "Connected" : "Connecting";
  return (
    <span className={classes(styles.status, isError && styles.away)} role="status">
      <Dot tone={isError ? "danger" : data ? "success" : "neutral"} />
      <span className={styles.word}>{word}</span>
      {data && !isError && <span className={styles.version}>{data.version}</span>}
    </span>
  );
}

const kThemeIcons = { system: "system", light: "sun", dark: "moon" } as const satisfies Record<Theme, string>;

function ThemeSwitch() {
  const { theme, next, change } = useTheme();
  const label = `Theme: ${theme}. Change to ${next}`;
  return (
    <Button look="quiet" isIcon onClick={change} aria-label={label} title={label}>
      <Icon name={kThemeIcons[theme]} />
    </Button>
  );
}
