import { memo } from "react";
import ReactMarkdown, { type Components } from "react-markdown";
import remarkGfm from "remark-gfm";
import { CodeBlock } from "@/parts/ui/code";
import styles from "./markdown.module.css";
import { splitMarkdown } from "./split-markdown";

// What a model writes is not trusted: raw HTML stays text, addresses are limited to http, https and mailto (the library's
// default), and pictures are links, because loading one would tell another host what the model chose to put in its address.
const kComponents: Components = {
  a: ({ href, children }) => (
    <a href={href} target="_blank" rel="noopener noreferrer">
      {children}
    </a>
  ),
  img: ({ src, alt }) => (
    <a href={typeof src === "string" ? src : undefined} target="_blank" rel="noopener noreferrer">
      {alt || "picture"}
    </a>
  ),
  pre: ({ node }) => {
    const code = node?.children[0];
    const text = code?.type === "element" ? code.children.map((child) => ("value" in child ? child.value : "")).join("") : "";
    return <CodeBlock text={text.replace(/\n$/, "")} label="code" isSource />;
  },
  table: ({ children }) => (
    <div className={styles.table} tabIndex={0} role="region" aria-label="Table">
      <table>{children}</table>
    </div>
  ),
  // The page's own headings end at level two.
  h1: "h3",
  h2: "h3",
  h3: "h4",
  h4: "h5",
  h5: "h6",
};

/** A single paragraph, list or block past this is shown as it was written: laying it out would hold up the page. */
const kLaidOutChars = 20_000;

/** Markdown of a model as a page part. Of a text that grows only the last piece is drawn anew. */
export const Markdown = memo(function Markdown({ text }: { text: string }) {
  return (
    <div className={styles.markdown}>
      {splitMarkdown(text).map((piece, index) => (
        <Piece key={index} text={piece} />
      ))}
    </div>
  );
});

const Piece = memo(function Piece({ text }: { text: string }) {
  if (text.length > kLaidOutChars) return <div className={styles.asWritten}>{text}</div>;
  return (
    <ReactMarkdown remarkPlugins={[remarkGfm]} components={kComponents}>
      {text}
    </ReactMarkdown>
  );
});
