import { governor } from "../../contracts/governor.ts";
import { useContract } from "../../live/contracts.ts";
import { Badge, type Tone } from "../../ui/primitives.tsx";

/** In the order of OpenZeppelin's Governor. */
const STATES = [
  "pending",
  "active",
  "canceled",
  "defeated",
  "succeeded",
  "queued",
  "expired",
  "executed",
] as const;

export type ProposalState = (typeof STATES)[number];

const TONES: Readonly<Record<ProposalState, Tone>> = {
  pending: "warn",
  active: "info",
  canceled: "plain",
  defeated: "bad",
  succeeded: "good",
  queued: "warn",
  expired: "plain",
  executed: "good",
};

export function useProposalState(id: bigint): ProposalState | undefined {
  const { data } = useContract(governor, "state", [id]);
  return data === undefined ? undefined : STATES[data];
}

export function StateBadge({ state }: { readonly state: ProposalState | undefined }) {
  return state === undefined ? <>…</> : <Badge tone={TONES[state]}>{state}</Badge>;
}
