import type { Hex } from "viem";
import { Badge, Card } from "../../ui/primitives.tsx";
import { Arguments } from "./Arguments.tsx";
import { decodeCall } from "./knownFunctions.ts";

export function Calldata({ to, input }: { readonly to: Hex | null; readonly input: Hex }) {
  if (input === "0x") return null;
  const call = to === null ? undefined : decodeCall(input);
  return (
    <Card
      title={to === null ? "Contract creation code" : "Input data"}
      aside={<span>{(input.length - 2) / 2} bytes</span>}
    >
      {call !== undefined && (
        <>
          <p>
            <code>{call.name}</code> <Badge>decoded by selector, unverified</Badge>
          </p>
          <Arguments args={call.args} />
        </>
      )}
      <details open={call === undefined}>
        <summary>Bytes</summary>
        <pre>{input}</pre>
      </details>
    </Card>
  );
}
