import type { MemoryStrategy } from "@/parts/api/types";
import { Badge } from "@/parts/ui/badge";
import { LongText } from "./long-text";
import styles from "./memories.module.css";
import { kKindWords, type RecordText } from "./record-text";

/** What a record is, in a word. */
export function kindWord(body: RecordText, strategy: { type: MemoryStrategy["type"] } | undefined): string {
  if (body.kind !== "text") return kKindWords[body.kind];
  if (!strategy) return "Written by a client";
  return strategy.type === "SEMANTIC" ? kKindWords.text : "Text";
}

/** What a record says, by its kind. */
export function RecordBody({ body }: { body: RecordText }) {
  switch (body.kind) {
    case "text":
      return (
        <div className={styles.says}>
          <LongText text={body.text} />
        </div>
      );
    case "preference":
      return (
        <>
          <p className={styles.says}>{body.preference}</p>
          <Facts facts={[["Context", body.context]]} />
          <span className={styles.badges}>
            {body.categories.map((category) => (
              <Badge key={category}>{category}</Badge>
            ))}
          </span>
        </>
      );
    case "topics":
      return body.topics.map(({ name, lines }, index) => (
        <section key={index}>
          <h3 className={styles.topic}>{name}</h3>
          <LongText text={lines.join("\n")} />
        </section>
      ));
    case "episode":
      return <Episode episode={body} />;
    case "reflection":
      return (
        <>
          <p className={styles.says}>{body.title}</p>
          <Facts
            facts={[
              ["Use for", body.useCases],
              ["Hints", body.hints],
              ["Confidence", body.confidence === undefined ? "" : String(body.confidence)],
            ]}
          />
        </>
      );
  }
}

function Episode({ episode }: { episode: Extract<RecordText, { kind: "episode" }> }) {
  const { situation, intent, assessment, justification, reflection, actions } = episode;
  return (
    <>
      <Facts
        facts={[
          ["Situation", situation],
          ["Intent", intent],
          ["Achieved", justification === "" ? assessment : `${assessment}: ${justification}`],
          ["Reflection", reflection],
        ]}
      />
      {actions.length > 0 && (
        <ol className={styles.episode} aria-label="Actions">
          {actions.map(({ tool, arguments: given, status }, index) => (
            <li key={index}>
              <code>
                {tool} {given}
              </code>
              <span className={styles.faint}>{status}</span>
            </li>
          ))}
        </ol>
      )}
    </>
  );
}

/** Names and what they are, without those that are not said. */
function Facts({ facts }: { facts: readonly [string, string][] }) {
  return (
    <dl className={styles.facts}>
      {facts
        .filter(([, value]) => value !== "")
        .map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>
              <LongText text={value} />
            </dd>
          </div>
        ))}
    </dl>
  );
}
