import { useState } from "react";
import type { JournalEvent } from "@/parts/api/types";
import { type Conversation, kEmptyConversation } from "./conversation";
import { foldEvent } from "./fold-journal";

/** Folds a journal that grows: each event once, however often it is drawn. Starts over when another journal comes. */
class JournalReader {
  private conversation: Conversation = kEmptyConversation;
  private count = 0;
  private last: JournalEvent | undefined;

  read(events: readonly JournalEvent[]): Conversation {
    const isSame = this.count <= events.length && (this.count === 0 || events[this.count - 1] === this.last);
    if (!isSame) {
      this.conversation = kEmptyConversation;
      this.count = 0;
    }
    for (; this.count < events.length; this.count++) {
      this.conversation = foldEvent(this.conversation, events[this.count] as JournalEvent);
    }
    this.last = events.at(-1);
    return this.conversation;
  }
}

export function useConversation(events: readonly JournalEvent[]): Conversation {
  const [reader] = useState(() => new JournalReader());
  return reader.read(events);
}
