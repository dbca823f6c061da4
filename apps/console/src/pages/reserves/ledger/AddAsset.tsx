import { useState } from "react";
import { parseWhole, rightOf, wrongOf } from "../../../format/parse.ts";
import { ProblemText } from "../../../session/ProblemText.tsx";
import { Form, TextField } from "../../../ui/Form.tsx";
import { Card } from "../../../ui/primitives.tsx";
import { useChange, useReserves } from "../service/useReserves.ts";
import { Answered } from "../ui/Refused.tsx";

const DECIMALS_MAX = 38n;

export function AddAsset() {
  const assets = useReserves("listAssets", {});
  const [id, setId] = useState("");
  const [text, setText] = useState("");
  const adding = useChange("addAsset", ["listAssets"]);
  const decimals = parseWhole(text, 0n, DECIMALS_MAX);
  const wrongId = id.trim() === "" ? "Enter a name." : undefined;
  const send = (): void =>
    adding.mutate(
      { body: { id: id.trim(), decimals: Number(rightOf(decimals)) } },
      {
        onSuccess() {
          setId("");
          setText("");
        },
      },
    );
  return (
    <Card title="Assets">
      <Answered query={assets} what="Loading assets">
        {({ items }) => (
          <ul className="chips" aria-label="Assets">
            {items.map((asset) => (
              <li key={asset.id}>
                {asset.id} <small className="soft">{asset.decimals} decimals</small>
              </li>
            ))}
          </ul>
        )}
      </Answered>
      <Form
        label="Add an asset"
        isValid={wrongId === undefined && wrongOf(decimals) === undefined}
        isSending={adding.isPending}
        onSubmit={send}
        action="Add"
      >
        <div className="fields">
          <TextField label="Asset" value={id} onChange={setId} maxLength={64} wrong={wrongId} />
          <TextField
            label="Decimals"
            value={text}
            onChange={setText}
            inputMode="numeric"
            maxLength={2}
            hint="Decimals of one unit, 8 for bitcoin"
            wrong={wrongOf(decimals)}
          />
        </div>
      </Form>
      <ProblemText error={adding.error} />
    </Card>
  );
}
