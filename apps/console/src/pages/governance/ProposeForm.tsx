import { useState } from "react";
import { type Address, encodeFunctionData } from "viem";
import { governor } from "../../contracts/governor.ts";
import { argumentsOf } from "../../live/proposals.ts";
import { useSend } from "../../live/sending.ts";
import { Form, TextField } from "../../ui/Form.tsx";
import { Card } from "../../ui/primitives.tsx";
import { AccountField, SendOutcome } from "../../ui/Sending.tsx";
import { ActionFields } from "./ActionFields.tsx";
import { type Draft, newDraft, readDraft } from "./drafts.ts";
import { useBounds } from "./useBounds.ts";

const ACTIONS_MAX = 16;
const DESCRIPTION_BYTES_MAX = 8_192;

export function ProposeForm({ accounts }: { readonly accounts: readonly Address[] }) {
  const [from, setFrom] = useState(accounts[0]!);
  const [drafts, setDrafts] = useState<readonly Draft[]>([newDraft()]);
  const [description, setDescription] = useState("");
  const sending = useSend();
  const bounds = useBounds();
  const readings = drafts.map((draft) => readDraft(draft, bounds[draft.parameter]));
  const actions = readings.map(({ action }) => action).filter((action) => action !== undefined);
  const wrong = wrongDescription(description);
  const propose = (): void => {
    const args = [...argumentsOf(actions), description] as const;
    const data = encodeFunctionData({ abi: governor.abi, functionName: "propose", args });
    sending.mutate({ from, to: governor.address, data });
  };
  const change = (at: number, draft: Draft): void =>
    setDrafts(drafts.map((old, index) => (index === at ? draft : old)));
  return (
    <Card title="Propose" aside={<span>with a development account</span>}>
      <Form
        label="Propose"
        action="Propose"
        isValid={actions.length === drafts.length && wrong === undefined}
        isSending={sending.isPending}
        onSubmit={propose}
      >
        <AccountField label="From" accounts={accounts} value={from} onChange={setFrom} />
        {drafts.map((draft, index) => (
          <ActionFields
            key={draft.key}
            number={index + 1}
            draft={draft}
            bounds={bounds[draft.parameter]}
            wrong={readings[index]!.wrong}
            onChange={(changed) => change(index, changed)}
            onRemove={
              drafts.length === 1 ? undefined : () => setDrafts(drafts.filter((other) => other !== draft))
            }
          />
        ))}
        {drafts.length < ACTIONS_MAX && (
          <button type="button" onClick={() => setDrafts([...drafts, newDraft()])}>
            Add action
          </button>
        )}
        <TextField
          label="Description"
          hint="The first line is the title. The description is part of the proposal ID."
          isLong
          maxLength={DESCRIPTION_BYTES_MAX}
          value={description}
          onChange={setDescription}
          wrong={wrong}
        />
      </Form>
      <SendOutcome sending={sending} abi={governor.abi} />
    </Card>
  );
}

function wrongDescription(text: string): string | undefined {
  if (text.trim() === "") return "Enter a description.";
  const bytes = new TextEncoder().encode(text).length;
  return bytes > DESCRIPTION_BYTES_MAX
    ? `At most ${DESCRIPTION_BYTES_MAX} bytes. The description has ${bytes}.`
    : undefined;
}
