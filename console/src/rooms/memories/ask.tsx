import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import type { FoundRecord, FoundTurn, Memory, MemoryEvent } from "@/parts/api/types";
import { Badge } from "@/parts/ui/badge";
import { Button } from "@/parts/ui/button";
import { Field, Select, TextInput } from "@/parts/ui/field";
import { QueryState } from "@/parts/ui/query-state";
import { Age } from "@/parts/ui/time";
import { LongText } from "./long-text";
import styles from "./memories.module.css";
import { actorsOf } from "./people";
import { recallQuery, retrieveQuery } from "./queries";
import { kindWord, RecordBody } from "./record-body";
import { nameOf } from "./record-card";
import { parseRecord } from "./record-text";
import type { Pointing } from "./use-pointing";

interface AskProps {
  memory: Memory;
  events: readonly MemoryEvent[];
  /** Whom the filters show: asked first. */
  actor: string | undefined;
  pointing: Pointing;
}

/** A question to the memory, answered from both of its sides. */
export function Ask({ memory, events, actor, pointing }: AskProps) {
  const [written, setWritten] = useState("");
  const [chosen, setChosen] = useState<string>();
  const [question, setQuestion] = useState("");
  const actors = actorsOf(events);
  const who = chosen ?? actor ?? actors[0] ?? "";
  const ask = (event: FormEvent) => {
    event.preventDefault();
    setQuestion(written.trim());
  };
  const forgetAnswers = () => {
    setWritten("");
    setQuestion("");
  };
  return (
    <>
      <form className={styles.ask} role="search" aria-label="Ask the memory" onSubmit={ask}>
        <Field label="Ask the memory" className={styles.question}>
          {(id) => <TextInput id={id} type="search" maxLength={10_000} value={written} onChange={(event) => setWritten(event.target.value)} />}
        </Field>
        <Field label="What was said with">
          {(id) => (
            <Select id={id} value={who} onChange={(event) => setChosen(event.target.value)}>
              {actors.length === 0 && <option value="">nobody yet</option>}
              {(who === "" || actors.includes(who) ? actors : [...actors, who]).map((each) => (
                <option key={each} value={each}>
                  {each}
                </option>
              ))}
            </Select>
          )}
        </Field>
        <Button type="submit" look="primary" disabled={written.trim() === ""}>
          Ask
        </Button>
      </form>
      {question !== "" && <Answers memory={memory} question={question} actor={who} pointing={pointing} onClose={forgetAnswers} />}
    </>
  );
}

function Answers({ memory, question, actor, pointing, onClose }: { memory: Memory; question: string; actor: string; pointing: Pointing; onClose: () => void }) {
  const records = useQuery(retrieveQuery(memory.id, question));
  const turns = useQuery(recallQuery(memory.id, actor, question));
  return (
    <section className={styles.answers} aria-label={`Answers to: ${question}`}>
      <div className={styles.answer}>
        <h2>Remembered</h2>
        <QueryState query={records}>
          {(found) => (found.length === 0 ? <p className={styles.nothing}>No record says anything about it.</p> : <FoundRecords memory={memory} records={found} pointing={pointing} />)}
        </QueryState>
      </div>
      <div className={styles.answer}>
        <h2>Said{actor !== "" && ` with ${actor}`}</h2>
        {actor === "" ? (
          <p className={styles.nothing}>Nobody has said anything yet.</p>
        ) : (
          <QueryState query={turns}>
            {(found) => (found.length === 0 ? <p className={styles.nothing}>Nothing was said about it.</p> : <FoundTurns turns={found} pointing={pointing} />)}
          </QueryState>
        )}
      </div>
      <Button look="quiet" className={styles.closeAnswers} onClick={onClose}>
        Close answers
      </Button>
    </section>
  );
}

function FoundRecords({ memory, records, pointing }: { memory: Memory; records: readonly FoundRecord[]; pointing: Pointing }) {
  return (
    <ol className={styles.list}>
      {records.map(({ memoryRecordId, content, memoryStrategyId, score, supersededBy }) => {
        const body = parseRecord(content.text);
        const strategy = memory.strategies.find(({ strategyId }) => strategyId === memoryStrategyId);
        return (
          <li key={memoryRecordId} className={styles.card}>
            <div className={styles.meta}>
              <Score score={score} />
              <strong>{kindWord(body, strategy)}</strong>
              {supersededBy !== undefined && <Badge tone="warning">Superseded</Badge>}
            </div>
            <RecordBody body={body} />
            <div className={styles.actions}>
              <Button look="quiet" aria-label={`Show below: ${nameOf(body)}`} onClick={() => pointing.pointAtRecord(memoryRecordId)}>
                Show below
              </Button>
            </div>
          </li>
        );
      })}
    </ol>
  );
}

function FoundTurns({ turns, pointing }: { turns: readonly FoundTurn[]; pointing: Pointing }) {
  return (
    <ol className={styles.list}>
      {turns.map(({ eventId, sessionId, messageIndex, role, text, at, score }) => (
        <li key={`${eventId}/${messageIndex}`} className={styles.card}>
          <div className={styles.meta}>
            <Score score={score} />
            <strong>{role.charAt(0) + role.slice(1).toLowerCase()}</strong>
            <span className={styles.session}>{sessionId}</span>
            <Age at={at} />
          </div>
          <LongText text={text} />
          <div className={styles.actions}>
            <Button look="quiet" aria-label={`Show below: ${text.slice(0, 60)}`} onClick={() => pointing.pointAtSources([`${eventId}/${messageIndex}`])}>
              Show below
            </Button>
          </div>
        </li>
      ))}
    </ol>
  );
}

function Score({ score }: { score: number | undefined }) {
  if (score === undefined) return null;
  return (
    <span className={styles.score} title="How much of the question it says, from 0 to 1">
      <span className="visually-hidden">score </span>
      {score.toFixed(2)}
    </span>
  );
}
