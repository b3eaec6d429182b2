// Read a Mermaid diagram from standard input with Mermaid's own parser.
// Prints the diagram's type and ends with 0, or prints the parser's words and ends with 1.
import { readFileSync } from "node:fs";
import { JSDOM } from "jsdom";

const { window } = new JSDOM("<body></body>");
globalThis.window = window;
globalThis.document = window.document;
const { default: mermaid } = await import("mermaid");
mermaid.initialize({ securityLevel: "strict", startOnLoad: false });

try {
  const { diagramType } = await mermaid.parse(readFileSync(0, "utf8"));
  console.log(diagramType);
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
