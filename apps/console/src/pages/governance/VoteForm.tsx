import { useState } from "react";
import { type Address, encodeAbiParameters, encodeFunctionData, type Hex } from "viem";
import { governor } from "../../contracts/governor.ts";
import { staking } from "../../contracts/staking.ts";
import { coinText, shortHex } from "../../format/units.ts";
import type { FinalityJson } from "../../live/chainTypes.ts";
import { useContract } from "../../live/contracts.ts";
import { useLiveRpc } from "../../live/node.ts";
import type { Proposal } from "../../live/proposals.ts";
import { useSend } from "../../live/sending.ts";
import { Form, SelectField, TextField } from "../../ui/Form.tsx";
import { Card } from "../../ui/primitives.tsx";
import { AccountField, SendOutcome } from "../../ui/Sending.tsx";

const CHOICES = [
  ["1", "For"],
  ["0", "Against"],
  ["2", "Abstain"],
] as const;

const OWN_POOL = "pool";

export function VoteForm({
  proposal: { id, voteStart },
  accounts,
}: {
  readonly proposal: Proposal;
  readonly accounts: readonly Address[];
}) {
  const [from, setFrom] = useState(accounts[0]!);
  const [support, setSupport] = useState<"0" | "1" | "2">("1");
  const [pool, setPool] = useState<string>(OWN_POOL);
  const [reason, setReason] = useState("");
  const sending = useSend();
  const isOwnPool = pool === OWN_POOL;
  const weightWei = useWeight(from, isOwnPool ? undefined : (pool as Address), voteStart);
  const wrong = weightWei === 0n ? "This account had no such stake when voting started." : undefined;
  const pools = usePools();
  const vote = (): void => {
    const choice = [id, Number(support), reason] as const;
    const { abi } = governor;
    const data = isOwnPool
      ? encodeFunctionData({ abi, functionName: "castVoteWithReason", args: choice })
      : encodeFunctionData({
          abi,
          functionName: "castVoteWithReasonAndParams",
          args: [...choice, encodeAbiParameters([{ type: "address" }], [pool as Address])],
        });
    sending.mutate({ from, to: governor.address, data });
  };
  return (
    <Card title="Vote" aside={<span>with a development account</span>}>
      <Form
        label="Vote"
        action="Vote"
        isValid={wrong === undefined}
        isSending={sending.isPending}
        onSubmit={vote}
      >
        <AccountField label="From" accounts={accounts} value={from} onChange={setFrom} wrong={wrong} />
        <SelectField
          label="Stake"
          value={pool}
          onChange={setPool}
          options={[
            [OWN_POOL, "own pool, as a validator"],
            ...pools.map((address) => [address, `own stake with ${shortHex(address)}`] as const),
          ]}
          hint={weightWei === undefined ? undefined : `${coinText(weightWei)} coins when voting started.`}
        />
        <SelectField label="Choice" value={support} onChange={setSupport} options={CHOICES} />
        <TextField
          label="Reason"
          hint="Public and permanent."
          maxLength={500}
          value={reason}
          onChange={setReason}
        />
      </Form>
      <SendOutcome sending={sending} abi={governor.abi} />
    </Card>
  );
}

function useWeight(account: Address, pool: Address | undefined, second: number): bigint | undefined {
  const votes = useContract(staking, "getPastVotes", [account, BigInt(second)], pool === undefined);
  const own = useContract(
    staking,
    "getPastStake",
    [pool ?? account, account, BigInt(second)],
    pool !== undefined,
  );
  return pool === undefined ? votes.data : own.data;
}

function usePools(): readonly Hex[] {
  const finality = useLiveRpc<FinalityJson | null>("trellis_getFinality");
  return (finality.data?.validators ?? []).map(({ address }) => address);
}
