import { useQuery } from "@tanstack/react-query";
import { type FormEvent, type RefObject, useMemo, useRef, useState } from "react";
import type { Models } from "@/parts/api/types";
import { Button } from "@/parts/ui/button";
import { Dialog, DialogActions } from "@/parts/ui/dialog";
import { Icon } from "@/parts/ui/icons";
import { QueryState } from "@/parts/ui/query-state";
import { figuresOf, groupModels, type ModelChoice, nameOf, type OfferedModel, offeredModels, writeChoice } from "./model-choice";
import styles from "./model-picker.module.css";
import { modelsQuery } from "./queries";

interface ModelPickerProps {
  /** The harness's own model; nothing until it is known. */
  own: ModelChoice | undefined;
  /** The model of the next turns; nothing for the harness's own. */
  choice: ModelChoice | undefined;
  onChoose: (choice: ModelChoice | undefined) => void;
}

/** Says which model takes the next turns, and lets the reader choose another. */
export function ModelPicker({ own, choice, onChoose }: ModelPickerProps) {
  const [isOpen, setOpen] = useState(false);
  const shown = choice ?? own;
  const name = shown ? nameOf(shown) : "…";
  const choose = (next: ModelChoice | undefined) => {
    setOpen(false);
    onChoose(next);
  };
  return (
    <>
      <Button
        look="quiet"
        className={styles.opener}
        disabled={!own}
        onClick={() => setOpen(true)}
        aria-label={`Model of the next turns: ${name}`}
      >
        <Icon name="model" width={14} height={14} />
        <span className={styles.current}>{name}</span>
        {choice && <span className={styles.mark}>chosen here</span>}
      </Button>
      <Dialog
        title="Model of the next turns"
        description="The session keeps its history and files; only who answers changes. The harness is not touched."
        isOpen={isOpen}
        onOpenChange={setOpen}
      >
        {own && <PickerForm own={own} choice={choice} onChoose={choose} onCancel={() => setOpen(false)} />}
      </Dialog>
    </>
  );
}

interface PickerFormProps {
  own: ModelChoice;
  choice: ModelChoice | undefined;
  onChoose: (choice: ModelChoice | undefined) => void;
  onCancel: () => void;
}

const kOwn = "";
const kOther = "other/";

function PickerForm({ own, choice, onChoose, onCancel }: PickerFormProps) {
  const query = useQuery(modelsQuery);
  const [value, setValue] = useState(choice ? writeChoice(choice) : kOwn);
  const [other, setOther] = useState<ModelChoice>(choice ?? { provider: own.provider, modelId: "" });
  const [search, setSearch] = useState("");
  const idField = useRef<HTMLInputElement>(null);
  const models = useMemo(() => (query.data ? offeredModels(query.data) : []), [query.data]);
  const isKnown = models.some((model) => model.isWhole && writeChoice(model) === value);
  // A model that is in no list was written by hand, now or before.
  const selected = value === kOwn || isKnown ? value : kOther;
  const written = other.modelId.trim();
  const needsId = query.data?.providers.find(({ name }) => name === other.provider)?.needsModelId ?? false;
  const canUse = selected !== kOther || (query.data !== undefined && (written !== "" || !needsId));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!canUse) return;
    if (selected === kOther) return onChoose({ provider: other.provider, modelId: written });
    onChoose(models.find((model) => writeChoice(model) === selected));
  };
  const complete = ({ provider, modelId }: OfferedModel) => {
    setOther({ provider, modelId });
    setValue(kOther);
    idField.current?.focus();
  };
  return (
    <form className={styles.form} onSubmit={submit}>
      <Option value={kOwn} selected={selected} onSelect={setValue} name={nameOf(own)} figures="the harness's own" />
      <QueryState query={query}>
        {(data) => (
          <>
            <KnownModels
              models={models}
              search={search}
              onSearch={setSearch}
              onComplete={complete}
              selected={selected}
              onSelect={setValue}
            />
            <p className={styles.note}>US dollars for a million tokens, as of {data.pricesDate}</p>
            <OtherModel data={data} other={other} onOther={setOther} idField={idField} selected={selected} onSelect={setValue} />
          </>
        )}
      </QueryState>
      <DialogActions>
        <Button onClick={onCancel}>Cancel</Button>
        <Button look="primary" type="submit" disabled={!canUse}>
          Use this model
        </Button>
      </DialogActions>
    </form>
  );
}

interface SelectProps {
  selected: string;
  onSelect: (value: string) => void;
}

function Option({ value, name, figures, selected, onSelect }: SelectProps & { value: string; name: string; figures?: string }) {
  return (
    <label className={styles.option}>
      <input type="radio" name="model" checked={selected === value} onChange={() => onSelect(value)} />
      <span className={styles.name}>{name}</span>
      {figures !== undefined && <span className={styles.figures}>{figures}</span>}
    </label>
  );
}

interface KnownModelsProps extends SelectProps {
  models: readonly OfferedModel[];
  search: string;
  onSearch: (search: string) => void;
  /** A family was chosen: its id is to be completed. */
  onComplete: (family: OfferedModel) => void;
}

function KnownModels({ models, search, onSearch, onComplete, selected, onSelect }: KnownModelsProps) {
  const groups = groupModels(models, search);
  return (
    <>
      <input
        className={styles.field}
        type="search"
        value={search}
        onChange={(event) => onSearch(event.target.value)}
        placeholder="Find a model"
        aria-label="Find a model"
      />
      <div className={styles.known}>
        {groups.map(([provider, ofProvider]) => (
          <fieldset key={provider}>
            <legend>{provider}</legend>
            {ofProvider.map((model) =>
              model.isWhole ? (
                <Option
                  key={model.modelId}
                  value={writeChoice(model)}
                  name={model.modelId || model.provider}
                  figures={figuresOf(model)}
                  selected={selected}
                  onSelect={onSelect}
                />
              ) : (
                <button key={model.modelId} type="button" className={styles.option} onClick={() => onComplete(model)}>
                  <Icon name="plus" width={13} height={13} className={styles.plus} />
                  <span className={styles.name}>
                    {model.modelId || model.provider}… <span className={styles.figures}>complete the id</span>
                  </span>
                  <span className={styles.figures}>{figuresOf(model)}</span>
                </button>
              ),
            )}
          </fieldset>
        ))}
        {groups.length === 0 && <p className={styles.none}>No known model has such a name. Write its id below.</p>}
      </div>
    </>
  );
}

interface OtherModelProps extends SelectProps {
  data: Models;
  other: ModelChoice;
  onOther: (other: ModelChoice) => void;
  idField: RefObject<HTMLInputElement | null>;
}

/** Any model of any provider, by its id. */
function OtherModel({ data, other, onOther, idField, selected, onSelect }: OtherModelProps) {
  const provider = data.providers.find(({ name }) => name === other.provider);
  const change = (next: ModelChoice) => {
    onOther(next);
    onSelect(kOther);
  };
  return (
    <fieldset className={styles.other}>
      <Option value={kOther} name="Another model" selected={selected} onSelect={onSelect} />
      <div className={styles.fields}>
        <select
          className={styles.field}
          value={other.provider}
          onChange={(event) => change({ ...other, provider: event.target.value })}
          aria-label="Provider"
        >
          {data.providers.map(({ name }) => (
            <option key={name}>{name}</option>
          ))}
        </select>
        <input
          ref={idField}
          className={styles.field}
          value={other.modelId}
          onChange={(event) => change({ ...other, modelId: event.target.value })}
          placeholder={provider?.needsModelId === false ? "none needed" : "the provider's id of the model"}
          aria-label="Model id"
        />
      </div>
      <p className={styles.note}>{provider?.summary ?? " "}</p>
    </fieldset>
  );
}
