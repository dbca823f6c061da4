import { useState } from "react";
import { type Address, encodeFunctionData } from "viem";
import { governor, timelock } from "../../contracts/governor.ts";
import { parameters, treasury } from "../../contracts/parameters.ts";
import { hashedArguments, type Proposal } from "../../live/proposals.ts";
import { useSend } from "../../live/sending.ts";
import { Form } from "../../ui/Form.tsx";
import { Card } from "../../ui/primitives.tsx";
import { AccountField, SendOutcome } from "../../ui/Sending.tsx";
import type { ProposalState } from "./states.tsx";

const STEPS = {
  pending: { functionName: "cancel", action: "Cancel", hint: "Only the proposer, before voting starts." },
  succeeded: { functionName: "queue", action: "Queue", hint: "Any account." },
  queued: {
    functionName: "execute",
    action: "Execute",
    hint: "Any account, after the timelock delay.",
  },
} as const;

const ABI = [...governor.abi, ...timelock.abi, ...parameters.abi, ...treasury.abi];

interface StepFormProps {
  readonly proposal: Proposal;
  readonly accounts: readonly Address[];
  readonly state: ProposalState | undefined;
}

export function StepForm({ proposal, accounts, state }: StepFormProps) {
  const [from, setFrom] = useState(accounts[0]!);
  const sending = useSend();
  const step = STEPS[state as keyof typeof STEPS];
  if (step === undefined) {
    return sending.data === undefined ? null : (
      <Card title="Last step">
        <SendOutcome sending={sending} />
      </Card>
    );
  }
  const { functionName, action, hint } = step;
  const go = (): void => {
    const data = encodeFunctionData({ abi: governor.abi, functionName, args: hashedArguments(proposal) });
    sending.mutate({ from, to: governor.address, data });
  };
  return (
    <Card title={action} aside={<span>{hint}</span>}>
      <Form label={action} action={action} isValid isSending={sending.isPending} onSubmit={go}>
        <AccountField label="From" accounts={accounts} value={from} onChange={setFrom} />
      </Form>
      <SendOutcome sending={sending} abi={ABI} />
    </Card>
  );
}
