import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Machine, MachineAlias, MachineVersion } from "@/parts/api/types";
import { Badge } from "@/parts/ui/badge";
import { Button } from "@/parts/ui/button";
import { Empty } from "@/parts/ui/empty";
import { QueryState } from "@/parts/ui/query-state";
import table from "@/parts/ui/table.module.css";
import { Age } from "@/parts/ui/time";
import { AliasDialog } from "./alias-dialog";
import styles from "./machine.module.css";
import { PublishDialog } from "./publish-dialog";
import { aliasesQuery, versionsQuery } from "./queries";
import { useMachine } from "./use-machine";
import { WeightBar } from "./weight-bar";

/** What was published of a machine, and the names that lead to it. */
export function VersionsTab() {
  const machine = useMachine();
  if (!machine) return null;
  return (
    <>
      <Aliases machine={machine.name} />
      <Versions machine={machine} />
    </>
  );
}

function Aliases({ machine }: { machine: string }) {
  const query = useQuery(aliasesQuery(machine));
  const versions = useQuery(versionsQuery(machine)).data ?? [];
  const [edited, setEdited] = useState<MachineAlias | "new">();
  return (
    <section className={styles.section} aria-labelledby="aliases">
      <div className={styles.sectionHead}>
        <h2 id="aliases">Aliases</h2>
        <Button disabled={versions.length === 0} onClick={() => setEdited("new")}>
          New alias
        </Button>
      </div>
      <QueryState query={query}>
        {(aliases) =>
          aliases.length === 0 ? (
            <p className={styles.faint}>An alias is a name that leads to one version, or to two with a share each.</p>
          ) : (
            <ul className={styles.aliases}>
              {aliases.map((alias) => (
                <AliasLine key={alias.name} alias={alias} onEdit={() => setEdited(alias)} />
              ))}
            </ul>
          )
        }
      </QueryState>
      {edited !== undefined && (
        <AliasDialog machine={machine} alias={edited === "new" ? undefined : edited} versions={versions} onClose={() => setEdited(undefined)} />
      )}
    </section>
  );
}

function AliasLine({ alias, onEdit }: { alias: MachineAlias; onEdit: () => void }) {
  return (
    <li className={styles.alias} aria-label={`Alias ${alias.name}`}>
      <strong>{alias.name}</strong>
      <WeightBar routes={alias.routes} />
      <span className={styles.faint}>
        <Age at={alias.updatedAt} />
      </span>
      <Button aria-label={`Edit weights of ${alias.name}`} onClick={onEdit}>
        Edit weights
      </Button>
    </li>
  );
}

function Versions({ machine }: { machine: Machine }) {
  const query = useQuery(versionsQuery(machine.name));
  const [isPublishing, setPublishing] = useState(false);
  const isPublished = query.data?.some(({ revisionId }) => revisionId === machine.revisionId) ?? true;
  return (
    <section className={styles.section} aria-labelledby="versions">
      <div className={styles.sectionHead}>
        <h2 id="versions">Versions</h2>
        {query.data && isPublished && <span className={styles.faint}>the present revision is published</span>}
        <Button disabled={isPublished} onClick={() => setPublishing(true)}>
          Publish version
        </Button>
      </div>
      <QueryState query={query}>
        {(versions) =>
          versions.length === 0 ? (
            <Empty title="No version yet">
              <p>A version is a revision under a number that never changes. Aliases lead to versions.</p>
            </Empty>
          ) : (
            <VersionTable versions={versions} present={machine.revisionId} />
          )
        }
      </QueryState>
      <PublishDialog machine={machine} isOpen={isPublishing} onOpenChange={setPublishing} />
    </section>
  );
}

function VersionTable({ versions, present }: { versions: readonly MachineVersion[]; present: string }) {
  return (
    <table className={table.table}>
      <thead>
        <tr>
          <th scope="col">Version</th>
          <th scope="col">Description</th>
          <th scope="col">Revision</th>
          <th scope="col">Published</th>
        </tr>
      </thead>
      <tbody>
        {versions.map(({ version, description, revisionId, createdAt }) => (
          <tr key={version}>
            <th scope="row">{version}</th>
            <td data-label="About">{description ?? "–"}</td>
            <td data-label="Revision">
              <span className={styles.revision}>
                <code>{revisionId}</code>
                {revisionId === present && <Badge tone="success">present</Badge>}
              </span>
            </td>
            <td data-label="Published" className={table.faint}>
              <Age at={createdAt} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
