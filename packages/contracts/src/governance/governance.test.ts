import type { Hex } from "@trellis/base";
import type { Address } from "@trellis/protocol";
import { type Abi, encodeAbiParameters, encodeFunctionData, keccak256, stringToHex } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { describe, expect, it } from "vitest";
import {
  GOVERNED,
  GOVERNOR_ADDRESS,
  type Governed,
  KEY_REGISTRY_ADDRESS,
  PARAMETERS_ADDRESS,
  Parameters,
  readParameters,
  STAKING_ADDRESS,
  slashEquivocationCall,
  TIMELOCK_ADDRESS,
  Timelock,
  TREASURY_ADDRESS,
  Treasury,
  TrellisGovernor,
} from "../index.ts";
import {
  account,
  attempt,
  COIN,
  createTestChain,
  RICH,
  type Sent,
  type TestChain,
  validatorOf,
} from "../testing/TestChain.ts";

const AGAINST = 0;
const FOR = 1;
const ABSTAIN = 2;
const [V, W, X] = [account(1), account(2), account(3)];
const [ALICE, BOB, ANYBODY] = [account(101), account(102), account(103)];
/** Seconds. */
const [DELAY, PERIOD, TIMELOCK_DELAY] = [1, 7, 2];

interface Proposal {
  readonly targets: readonly Address[];
  readonly values: readonly bigint[];
  readonly calldatas: readonly `0x${string}`[];
  readonly description: string;
}

const STATES = ["Pending", "Active", "Canceled", "Defeated", "Succeeded", "Queued", "Expired", "Executed"];

function open(genesis: Parameters<typeof createTestChain>[0] = {}): TestChain {
  const validators = [1, 2, 3].map((index) => validatorOf(index, BigInt(index) * 1_000n * COIN));
  const chain = createTestChain({ validators, ...genesis });
  for (const rich of [V, W, X, ALICE, BOB]) chain.state.setBalance(rich, RICH);
  return chain;
}

function proposalOf(
  target: Address,
  abi: readonly unknown[],
  functionName: string,
  args: unknown[],
): Proposal {
  const data = encodeFunctionData({ abi: abi as Abi, functionName, args });
  return {
    targets: [target],
    values: [0n],
    calldatas: [data],
    description: `${functionName} ${args.join()}`,
  };
}
const setting = (name: Governed, value: bigint) =>
  proposalOf(PARAMETERS_ADDRESS, Parameters.abi, "set", [GOVERNED.indexOf(name), value]);
const payment = (to: Address, amount: bigint) =>
  proposalOf(TREASURY_ADDRESS, Treasury.abi, "pay", [to, amount]);

const idOf = (chain: TestChain, { targets, values, calldatas, description }: Proposal) =>
  chain.view<bigint>(
    GOVERNOR_ADDRESS,
    "hashProposal",
    targets,
    values,
    calldatas,
    keccak256(stringToHex(description)),
  );
const stateOf = (chain: TestChain, proposal: Proposal) =>
  STATES[chain.view<number>(GOVERNOR_ADDRESS, "state", idOf(chain, proposal))];

function propose(chain: TestChain, proposal: Proposal, from = X): Sent {
  const { targets, values, calldatas, description } = proposal;
  return chain.send(from, GOVERNOR_ADDRESS, "propose", [targets, values, calldatas, description]);
}
function act(
  chain: TestChain,
  verb: "queue" | "execute" | "cancel",
  proposal: Proposal,
  from = ANYBODY,
): Sent {
  const { targets, values, calldatas, description } = proposal;
  const args = [targets, values, calldatas, keccak256(stringToHex(description))];
  return chain.send(from, GOVERNOR_ADDRESS, verb, args);
}
const vote = (chain: TestChain, proposal: Proposal, from: Address, support: number) =>
  chain.send(from, GOVERNOR_ADDRESS, "castVote", [idOf(chain, proposal), support]);
function voteOwn(
  chain: TestChain,
  proposal: Proposal,
  from: Address,
  validator: Address,
  support: number,
): Sent {
  const params = encodeAbiParameters([{ type: "address" }], [validator]);
  const args = [idOf(chain, proposal), support, "", params];
  return chain.send(from, GOVERNOR_ADDRESS, "castVoteWithReasonAndParams", args);
}
const tally = (chain: TestChain, proposal: Proposal) =>
  chain.view<bigint[]>(GOVERNOR_ADDRESS, "proposalVotes", idOf(chain, proposal)).map((votes) => votes / COIN);

function opened(chain: TestChain, proposal: Proposal): Proposal {
  propose(chain, proposal);
  chain.pass(DELAY + 1);
  return proposal;
}
function passed(chain: TestChain, proposal: Proposal): Proposal {
  opened(chain, proposal);
  vote(chain, proposal, X, FOR);
  chain.pass(PERIOD);
  act(chain, "queue", proposal);
  chain.pass(TIMELOCK_DELAY);
  return proposal;
}

describe("GOV-6: from a proposal to its effect", () => {
  it("a change of the gas limit takes effect in the epoch after its execution", () => {
    const chain = open();
    const proposal = setting("gasLimit", 60_000_000n);
    propose(chain, proposal);
    expect(stateOf(chain, proposal)).toBe("Pending");
    chain.pass(DELAY + 1);
    expect(stateOf(chain, proposal)).toBe("Active");
    vote(chain, proposal, X, FOR);
    vote(chain, proposal, V, AGAINST);
    vote(chain, proposal, W, ABSTAIN);
    expect(tally(chain, proposal)).toEqual([1_000n, 3_000n, 2_000n]);
    expect(attempt(() => act(chain, "queue", proposal))).toBe("GovernorUnexpectedProposalState");
    chain.pass(PERIOD);
    expect(stateOf(chain, proposal)).toBe("Succeeded");
    act(chain, "queue", proposal);
    expect(stateOf(chain, proposal)).toBe("Queued");
    expect(attempt(() => act(chain, "execute", proposal))).toBe("TimelockUnexpectedOperationState");
    chain.pass(TIMELOCK_DELAY);
    const { events } = act(chain, "execute", proposal);
    expect(events.find(({ event }) => event === "ParameterScheduled")!.args).toEqual({
      id: 0n,
      from: 30_000_000n,
      to: 60_000_000n,
      effectiveEpoch: 1n,
    });
    expect(stateOf(chain, proposal)).toBe("Executed");
    expect(readParameters(chain.state)!.gasLimit).toBe(30_000_000n);
    expect(readParameters(chain.state, 1)!.gasLimit).toBe(60_000_000n);
    chain.endEpoch();
    expect(readParameters(chain.state)!.gasLimit).toBe(60_000_000n);
    expect(chain.view(PARAMETERS_ADDRESS, "get", 0)).toBe(60_000_000n);
  });

  it("a payment from the treasury", () => {
    const chain = open();
    chain.state.setBalance(TREASURY_ADDRESS, 50n * COIN);
    const proposal = passed(chain, payment(BOB, 20n * COIN));
    const { events } = act(chain, "execute", proposal);
    expect(events).toContainEqual({ event: "Paid", args: { to: BOB, amount: 20n * COIN } });
    expect(chain.balance(BOB)).toBe(RICH + 20n * COIN);
    expect(chain.balance(TREASURY_ADDRESS)).toBe(30n * COIN);
    expect(attempt(() => act(chain, "execute", proposal))).toBe("GovernorUnexpectedProposalState");
  });

  it("a value out of bounds at execution has no effect", () => {
    const chain = open();
    const proposal = passed(chain, setting("activeSetSize", 129n));
    expect(attempt(() => act(chain, "execute", proposal))).toBe("ParameterOutOfBounds");
    expect(readParameters(chain.state, 1)!.activeSetSize).toBe(4n);
  });

  it("the quorum changes for later proposals, within its bounds", () => {
    const chain = open();
    const lost = opened(chain, setting("jailEpochs", 5n));
    vote(chain, lost, V, FOR);
    chain.pass(PERIOD);
    expect(stateOf(chain, lost)).toBe("Defeated");
    const change = proposalOf(GOVERNOR_ADDRESS, TrellisGovernor.abi, "updateQuorumNumerator", [500]);
    act(chain, "execute", passed(chain, change));
    expect(stateOf(chain, lost)).toBe("Defeated");
    const next = opened(chain, setting("jailEpochs", 6n));
    vote(chain, next, V, FOR);
    chain.pass(PERIOD);
    expect(stateOf(chain, next)).toBe("Succeeded");
    for (const value of [499, 6_668]) {
      const beyond = proposalOf(GOVERNOR_ADDRESS, TrellisGovernor.abi, "updateQuorumNumerator", [value]);
      const proposal = passed(chain, beyond);
      expect(attempt(() => act(chain, "execute", proposal))).toBe("QuorumOutOfBounds");
    }
  });

  it("a proposal that calls the Governor itself", () => {
    const chain = open();
    const proposal = passed(chain, setting("votingPeriodSeconds", 30n));
    act(chain, "execute", proposal);
    expect(chain.view(GOVERNOR_ADDRESS, "votingPeriod")).toBe(7n);
    chain.endEpoch();
    expect(chain.view(GOVERNOR_ADDRESS, "votingPeriod")).toBe(30n);
    expect(chain.view(GOVERNOR_ADDRESS, "votingDelay")).toBe(1n);
  });

  it("only its proposer cancels it before the vote", () => {
    const chain = open();
    const proposal = setting("jailEpochs", 5n);
    propose(chain, proposal);
    expect(attempt(() => act(chain, "cancel", proposal))).toBe("GovernorUnableToCancel");
    act(chain, "cancel", proposal, X);
    expect(stateOf(chain, proposal)).toBe("Canceled");
  });
});

describe("GOV-4: refused proposals", () => {
  it("GovernorInsufficientProposerVotes: a proposer needs half a percent of the stake", () => {
    const chain = open();
    expect(attempt(() => propose(chain, setting("jailEpochs", 5n), ALICE))).toBe(
      "GovernorInsufficientProposerVotes",
    );
    expect(chain.view(GOVERNOR_ADDRESS, "proposalThreshold")).toBe(30n * COIN);
    chain.send(ALICE, STAKING_ADDRESS, "stake", [V], 500_000n * COIN);
    expect(attempt(() => propose(chain, setting("jailEpochs", 5n), ALICE))).toBe(
      "GovernorInsufficientProposerVotes",
    );
  });

  it("ProposalTooLong", () => {
    const chain = open();
    const { targets, values, calldatas } = setting("jailEpochs", 5n);
    const of = (fields: Partial<Proposal>) => ({ targets, values, calldatas, description: "", ...fields });
    const repeated = <T>(items: readonly T[]) => Array.from({ length: 17 }, () => items[0]!);
    for (const proposal of [
      of({ targets: repeated(targets), values: repeated(values), calldatas: repeated(calldatas) }),
      of({ calldatas: [`0x${"00".repeat(24_577)}`] }),
      of({ description: "x".repeat(8_193) }),
    ]) {
      expect(attempt(() => propose(chain, proposal))).toBe("ProposalTooLong");
    }
    const longest = of({ calldatas: [`0x${"00".repeat(24_576)}`], description: "x".repeat(8_192) });
    expect(attempt(() => propose(chain, longest))).toBe("success");
  });

  it("malformed, or existing already", () => {
    const chain = open();
    const proposal = setting("jailEpochs", 5n);
    const lame = { ...proposal, values: [] };
    expect(attempt(() => propose(chain, lame))).toBe("GovernorInvalidProposalLength");
    propose(chain, proposal);
    expect(attempt(() => propose(chain, proposal))).toBe("GovernorUnexpectedProposalState");
  });
});

describe("GOV-5: votes", () => {
  function delegated(): TestChain {
    const chain = open();
    chain.send(ALICE, STAKING_ADDRESS, "stake", [V], 500n * COIN);
    chain.send(BOB, STAKING_ADDRESS, "stake", [V], 250n * COIN);
    return chain;
  }

  it("a validator votes with its pool", () => {
    const chain = delegated();
    const proposal = opened(chain, setting("jailEpochs", 5n));
    vote(chain, proposal, V, FOR);
    expect(tally(chain, proposal)).toEqual([0n, 1_750n, 0n]);
    expect(chain.view(GOVERNOR_ADDRESS, "hasVoted", idOf(chain, proposal), V)).toBe(true);
    expect(chain.view(GOVERNOR_ADDRESS, "hasVoted", idOf(chain, proposal), W)).toBe(false);
  });

  it.each([["before"], ["after"]])("a delegator votes with the own stake, %s its validator votes", (when) => {
    const chain = delegated();
    const proposal = opened(chain, setting("jailEpochs", 5n));
    if (when === "after") vote(chain, proposal, V, FOR);
    voteOwn(chain, proposal, ALICE, V, AGAINST);
    if (when === "before") vote(chain, proposal, V, FOR);
    expect(tally(chain, proposal)).toEqual([500n, 1_250n, 0n]);
    expect(chain.view(GOVERNOR_ADDRESS, "hasVotedOwnStake", idOf(chain, proposal), V, ALICE)).toBe(true);
    expect(chain.view(GOVERNOR_ADDRESS, "hasVotedOwnStake", idOf(chain, proposal), V, BOB)).toBe(false);
  });

  it("a delegator with several pools votes with each, once", () => {
    const chain = delegated();
    chain.send(ALICE, STAKING_ADDRESS, "stake", [W], 100n * COIN);
    const proposal = opened(chain, setting("jailEpochs", 5n));
    voteOwn(chain, proposal, ALICE, V, FOR);
    voteOwn(chain, proposal, ALICE, W, FOR);
    expect(attempt(() => voteOwn(chain, proposal, ALICE, W, FOR))).toBe("GovernorAlreadyCastVote");
    for (const validator of [V, W, X]) vote(chain, proposal, validator, FOR);
    expect(tally(chain, proposal)).toEqual([0n, 6_850n, 0n]);
    expect(attempt(() => vote(chain, proposal, V, AGAINST))).toBe("GovernorAlreadyCastVote");
  });

  it("moving stake gives no second vote: stake counts where it was at the start of the vote", () => {
    const chain = delegated();
    const proposal = opened(chain, setting("jailEpochs", 5n));
    voteOwn(chain, proposal, ALICE, V, AGAINST);
    chain.send(ALICE, STAKING_ADDRESS, "unbond", [V, 500n * COIN]);
    chain.send(ALICE, STAKING_ADDRESS, "stake", [W], 500n * COIN);
    chain.pass(1);
    expect(attempt(() => voteOwn(chain, proposal, ALICE, W, AGAINST))).toBe("NoVotingPower");
    expect(attempt(() => voteOwn(chain, proposal, ALICE, V, AGAINST))).toBe("GovernorAlreadyCastVote");
    vote(chain, proposal, V, FOR);
    vote(chain, proposal, W, FOR);
    expect(tally(chain, proposal)).toEqual([500n, 3_250n, 0n]);
  });

  it("stake added after the start of the vote, and slashing after it, change nothing", () => {
    const chain = delegated();
    const proposal = opened(chain, setting("jailEpochs", 5n));
    chain.send(BOB, STAKING_ADDRESS, "stake", [V], 100_000n * COIN);
    chain.system(slashEquivocationCall(V, 0));
    chain.pass(1);
    voteOwn(chain, proposal, BOB, V, AGAINST);
    vote(chain, proposal, V, FOR);
    expect(tally(chain, proposal)).toEqual([250n, 1_500n, 0n]);
  });

  it("NoVotingPower, GovernorInvalidVoteType, GovernorUnexpectedProposalState", () => {
    const chain = delegated();
    const proposal = setting("jailEpochs", 5n);
    propose(chain, proposal);
    expect(attempt(() => vote(chain, proposal, X, FOR))).toBe("GovernorUnexpectedProposalState");
    chain.pass(DELAY + 1);
    expect(attempt(() => vote(chain, proposal, ALICE, FOR))).toBe("NoVotingPower");
    expect(attempt(() => vote(chain, proposal, X, 3))).toBe("GovernorInvalidVoteType");
    chain.pass(PERIOD);
    expect(attempt(() => vote(chain, proposal, X, FOR))).toBe("GovernorUnexpectedProposalState");
    expect(stateOf(chain, proposal)).toBe("Defeated");
  });

  it("needs a third of the stake to vote, and more for than against", () => {
    const chain = open();
    const few = opened(chain, setting("jailEpochs", 5n));
    vote(chain, few, W, FOR);
    const tied = opened(chain, setting("jailEpochs", 6n));
    vote(chain, tied, X, FOR);
    vote(chain, tied, W, AGAINST);
    vote(chain, tied, V, AGAINST);
    chain.pass(PERIOD);
    expect(chain.view(GOVERNOR_ADDRESS, "quorum", chain.timestamp - 1)).toBe(
      (6_000n * COIN * 3_334n) / 10_000n,
    );
    expect([few, tied].map((proposal) => stateOf(chain, proposal))).toEqual(["Defeated", "Defeated"]);
    expect(chain.view(GOVERNOR_ADDRESS, "COUNTING_MODE")).toMatch(/support=bravo/);
  });
});

describe("GOV-5: signed votes sent by others", () => {
  const leaked = privateKeyToAccount(`0x${"42".repeat(32)}`);
  const victim = leaked.address.toLowerCase() as Address;
  const domain = {
    name: "TrellisGovernor",
    version: "1",
    chainId: 31_337,
    verifyingContract: GOVERNOR_ADDRESS,
  };
  const ballot = [
    { name: "proposalId", type: "uint256" },
    { name: "support", type: "uint8" },
    { name: "voter", type: "address" },
    { name: "nonce", type: "uint256" },
  ] as const;
  const extended = [
    ...ballot,
    { name: "reason", type: "string" },
    { name: "params", type: "bytes" },
  ] as const;

  async function signed(isExtended: boolean) {
    const chain = open();
    chain.state.setBalance(victim, RICH);
    chain.send(victim, STAKING_ADDRESS, "stake", [V], 500n * COIN);
    const own = encodeAbiParameters([{ type: "address" }], [V]);
    const proposal = opened(chain, setting("jailEpochs", 5n));
    const proposalId = idOf(chain, proposal);
    const message = { proposalId, support: FOR, voter: victim, nonce: 0n, reason: "", params: own };
    const signature = isExtended
      ? await leaked.signTypedData({
          domain,
          types: { ExtendedBallot: extended },
          primaryType: "ExtendedBallot",
          message,
        })
      : await leaked.signTypedData({ domain, types: { Ballot: ballot }, primaryType: "Ballot", message });
    const cast = () =>
      isExtended
        ? chain.send(ANYBODY, GOVERNOR_ADDRESS, "castVoteWithReasonAndParamsBySig", [
            ...[proposalId, FOR, victim, "", own, signature],
          ])
        : chain.send(ANYBODY, GOVERNOR_ADDRESS, "castVoteBySig", [proposalId, FOR, victim, signature]);
    return { chain, proposal, cast };
  }

  it("count while the key from which the address was derived is valid", async () => {
    const { chain, proposal, cast } = await signed(true);
    cast();
    expect(tally(chain, proposal)).toEqual([0n, 500n, 0n]);
    expect(attempt((await signed(false)).cast)).toBe("NoVotingPower");
  });

  it.each([[false], [true]])("GovernorInvalidSignature: by a retired key (extended %s)", async (is) => {
    const { chain, proposal, cast } = await signed(is);
    chain.send(victim, KEY_REGISTRY_ADDRESS, "rotate", [`0x${"ab".repeat(32)}`]);
    expect(attempt(cast)).toBe("GovernorInvalidSignature");
    voteOwn(chain, proposal, victim, V, AGAINST);
    expect(tally(chain, proposal)).toEqual([500n, 0n, 0n]);
  });
});

describe("GOV-7: only the timelock acts", () => {
  it("NotTimelock", () => {
    const chain = open();
    chain.state.setBalance(TREASURY_ADDRESS, COIN);
    for (const from of [X, GOVERNOR_ADDRESS, STAKING_ADDRESS]) {
      expect(attempt(() => chain.send(from, TREASURY_ADDRESS, "pay", [X, 1n]))).toBe("NotTimelock");
      expect(attempt(() => chain.send(from, PARAMETERS_ADDRESS, "set", [0, 10_000_000n]))).toBe(
        "NotTimelock",
      );
    }
  });

  it("only the Governor schedules and cancels", () => {
    const chain = open();
    const args = [X, 0n, "0x", `0x${"00".repeat(32)}`, `0x${"00".repeat(32)}`, 10n] as const;
    expect(attempt(() => chain.send(X, TIMELOCK_ADDRESS, "schedule", [...args]))).toBe(
      "AccessControlUnauthorizedAccount",
    );
    expect(attempt(() => chain.send(X, TIMELOCK_ADDRESS, "cancel", [args[3]]))).toBe(
      "AccessControlUnauthorizedAccount",
    );
    const role = chain.view(TIMELOCK_ADDRESS, "PROPOSER_ROLE");
    expect(chain.view(TIMELOCK_ADDRESS, "hasRole", role, GOVERNOR_ADDRESS)).toBe(true);
    expect(chain.view(TIMELOCK_ADDRESS, "getMinDelay")).toBe(2n);
  });

  it("RolesAreFixed: no vote grants or revokes roles", () => {
    const chain = open();
    const [proposer, canceller] = ["PROPOSER_ROLE", "CANCELLER_ROLE"].map((role) =>
      chain.view<Hex>(TIMELOCK_ADDRESS, role),
    );
    for (const [verb, ...args] of [
      ["grantRole", proposer, X],
      ["revokeRole", canceller, GOVERNOR_ADDRESS],
      ["renounceRole", proposer, TIMELOCK_ADDRESS],
    ] as const) {
      const proposal = passed(chain, proposalOf(TIMELOCK_ADDRESS, Timelock.abi, verb, args));
      expect(attempt(() => act(chain, "execute", proposal))).toBe("RolesAreFixed");
      expect(attempt(() => chain.send(X, TIMELOCK_ADDRESS, verb, args))).toBe("RolesAreFixed");
    }
    for (const role of [proposer, canceller]) {
      expect(chain.view(TIMELOCK_ADDRESS, "hasRole", role, GOVERNOR_ADDRESS)).toBe(true);
      expect(chain.view(TIMELOCK_ADDRESS, "hasRole", role, X)).toBe(false);
    }
  });

  it("DelayIsParameter, TimelockIsFixed: ways around the bounds are closed", () => {
    const chain = open();
    const delay = passed(chain, proposalOf(TIMELOCK_ADDRESS, Timelock.abi, "updateDelay", [0]));
    expect(attempt(() => act(chain, "execute", delay))).toBe("DelayIsParameter");
    const moved = passed(chain, proposalOf(GOVERNOR_ADDRESS, TrellisGovernor.abi, "updateTimelock", [X]));
    expect(attempt(() => act(chain, "execute", moved))).toBe("TimelockIsFixed");
  });

  it("the treasury receives from anyone, and pays at most its balance", () => {
    const chain = open();
    const { events } = chain.execute({ from: X, to: TREASURY_ADDRESS, value: 5n });
    expect(events).toEqual([{ event: "Received", args: { from: X, amount: 5n } }]);
    const pay = (amount: bigint) => chain.send(TIMELOCK_ADDRESS, TREASURY_ADDRESS, "pay", [BOB, amount]);
    expect(attempt(() => pay(6n))).toBe("InsufficientBalance");
    expect(attempt(() => pay(5n))).toBe("success");
  });
});
