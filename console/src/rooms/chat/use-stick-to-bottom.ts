import { type RefObject, useCallback, useLayoutEffect, useRef, useState } from "react";

/** A reader this near to the end wants to stay there. */
const kNearPx = 48;

/**
 * Keeps a scrolling area at its end while it grows, until the reader scrolls up; then leaves it alone until the reader
 * comes back to the end or asks to.
 */
export function useStickToBottom(area: RefObject<HTMLElement | null>, content: RefObject<HTMLElement | null>) {
  const [isAtEnd, setAtEnd] = useState(true);
  const follows = useRef(true);
  const top = useRef(0);

  const toEnd = useCallback(() => {
    follows.current = true;
    setAtEnd(true);
    area.current?.scrollTo({ top: area.current.scrollHeight });
  }, [area]);

  const onScroll = useCallback(() => {
    const element = area.current;
    if (!element) return;
    const isNear = element.scrollHeight - element.scrollTop - element.clientHeight <= kNearPx;
    // Growing content also makes the end far away; only a move upwards is the reader's will to stop following.
    if (isNear) follows.current = true;
    else if (element.scrollTop < top.current) follows.current = false;
    top.current = element.scrollTop;
    setAtEnd(isNear || follows.current);
  }, [area]);

  useLayoutEffect(() => {
    const [outer, inner] = [area.current, content.current];
    if (!outer || !inner) return;
    const observer = new ResizeObserver(() => {
      if (follows.current) outer.scrollTop = outer.scrollHeight;
    });
    observer.observe(inner);
    observer.observe(outer);
    return () => observer.disconnect();
  }, [area, content]);

  return { isAtEnd, toEnd, onScroll };
}
