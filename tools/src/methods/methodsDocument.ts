import type { MethodDescription } from "@trellis/rpc";

const HEAD = `# JSON-RPC methods

HTTP and WebSocket share one port. The \`eth_\`, \`net_\`, \`web3_\`, \`txpool_\` and \`debug_\` methods behave as in geth;
\`trellis_\` methods expose the block-DAG, finality and the index. A role in brackets means that a server serves the
method only if that role is enabled; a devnet enables \`debug\` and \`dev\`. \`rpc.discover\` returns an OpenRPC
document with the schemas of all parameters, and lists the Ethereum methods that Trellis does not implement
(\`x-not-served\`).

\`npm run check -- --write\` generates this file from the methods.`;

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
