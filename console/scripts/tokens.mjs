// Exports the design tokens of DESIGN.md (YAML front matter) to CSS variables.
//
//   node scripts/tokens.mjs          writes src/generated/tokens.css
//   node scripts/tokens.mjs --check  fails when that file is not what DESIGN.md says
//
// Both fail when a component's text has less contrast than WCAG AA asks for, in either theme.
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";

const kSource = new URL("../DESIGN.md", import.meta.url);
const kTarget = new URL("../src/generated/tokens.css", import.meta.url);
const kLeastContrast = 4.5;

function frontMatter(text) {
  const match = /^---\n([\s\S]*?)\n---\n/.exec(text);
  if (!match) throw new Error("DESIGN.md has no front matter between two lines of ---");
  return parse(match[1]);
}

/** The two themes of one colour: `[light, dark]`. */
function pairOf(colors, name) {
  const light = colors[name];
  const dark = colors[`${name}-dark`];
  if (!light || !dark) throw new Error(`DESIGN.md: colour "${name}" needs both "${name}" and "${name}-dark"`);
  return [light, dark];
}

function toCss({ colors, typography, rounded, spacing }) {
  const lines = [];
  for (const name of Object.keys(colors).filter((key) => !key.endsWith("-dark"))) {
    lines.push(`--color-${name}: light-dark(${pairOf(colors, name).join(", ")});`);
  }
  for (const [name, style] of Object.entries(typography)) {
    lines.push(`--text-${name}: ${style.fontWeight} ${style.fontSize}/${style.lineHeight} ${style.fontFamily};`);
    if (style.letterSpacing) lines.push(`--tracking-${name}: ${style.letterSpacing};`);
  }
  for (const [name, value] of Object.entries(rounded)) lines.push(`--radius-${name}: ${value};`);
  for (const [name, value] of Object.entries(spacing)) lines.push(`--space-${name}: ${value};`);
  const body = lines.map((line) => `  ${line}`).join("\n");
  return `/* Written by scripts/tokens.mjs from DESIGN.md. */
:root {
  color-scheme: light dark;
${body}
}
:root[data-theme="light"] {
  color-scheme: light;
}
:root[data-theme="dark"] {
  color-scheme: dark;
}
`;
}

/** Relative luminance as WCAG 2 defines it. */
function luminance(hex) {
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const channel = parseInt(hex.slice(at, at + 2), 16) / 255;
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(first, second) {
  const [low, high] = [luminance(first), luminance(second)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}

function contrastFaults({ colors, components }) {
  const colorName = (reference) => /^\{colors\.(.+)\}$/.exec(reference)?.[1];
  const faults = [];
  for (const [component, style] of Object.entries(components)) {
    const [text, ground] = [style.textColor, style.backgroundColor].map((value) => value && colorName(value));
    if (!text || !ground) continue;
    const [texts, grounds] = [pairOf(colors, text), pairOf(colors, ground)];
    ["light", "dark"].forEach((theme, at) => {
      const ratio = contrast(texts[at], grounds[at]);
      if (ratio < kLeastContrast) {
        faults.push(`${component} (${theme}): ${text} on ${ground} is ${ratio.toFixed(2)}:1, below ${kLeastContrast}:1`);
      }
    });
  }
  return faults;
}

const design = frontMatter(readFileSync(kSource, "utf8"));
const css = toCss(design);
const faults = contrastFaults(design);
if (process.argv.includes("--check")) {
  const current = readFileSync(kTarget, "utf8");
  if (current !== css) faults.push("src/generated/tokens.css is stale: run `npm run generate:tokens`");
} else {
  writeFileSync(kTarget, css);
  console.log(`wrote ${fileURLToPath(kTarget)}`);
}
if (faults.length > 0) {
  for (const fault of faults) console.error(fault);
  process.exit(1);
}
