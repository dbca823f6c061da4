import type { MethodDescription } from "@trellis/rpc";

const HEAD = `# JSON-RPC methods

HTTP and WebSocket on one port. The \`eth_\`, \`net_\`, \`web3_\`, \`txpool_\` and \`debug_\` methods answer as
geth's do; \`trellis_\` shows what Ethereum's tools need not know. A role in brackets means that a server answers
the method only if it was given that role; a devnet has \`debug\` and \`dev\`. \`rpc.discover\` gives the same as an
OpenRPC document, with the schemas of all parameters, and names Ethereum's methods that Trellis has not
(\`x-not-served\`).

This file is written by \`npm run check -- --write\` from the methods themselves.`;

/** docs/api/json-rpc.md. */
export function methodsDocument(methods: readonly MethodDescription[]): string {
  const namespaces = Map.groupBy(methods, ({ name }) => name.split(/[._]/)[0]!);
  const sections = [...namespaces]
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([name, own]) => section(name, own));
  return [HEAD, ...sections].join("\n\n");
}

function section(namespace: string, methods: readonly MethodDescription[]): string {
  return [`## ${namespace}`, ...methods.map(paragraph)].join("\n\n");
}

function paragraph({ name, summary, role, params }: MethodDescription): string {
  const names = params.map((parameter) => `${parameter.name}${parameter.isRequired ? "" : "?"}`);
  const heading = `**${name}**(${names.join(", ")})${role === "public" ? "" : ` [${role}]`}`;
  return `${heading}: ${summary}`;
}
