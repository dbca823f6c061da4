import { useParams } from "@tanstack/react-router";
import { governor } from "../../contracts/governor.ts";
import { coinsText, coinText } from "../../format/units.ts";
import { useContract } from "../../live/contracts.ts";
import { type Proposal, useProposals, useVotes } from "../../live/proposals.ts";
import { useDevelopmentAccounts } from "../../live/sending.ts";
import { IndexGap } from "../../ui/IndexGap.tsx";
import { AddressLink, Badge, Card, Coins, Fact, Facts, TransactionLink, When } from "../../ui/primitives.tsx";
import { Steps } from "../../ui/Steps.tsx";
import { Answered, Empty, NoPage } from "../../ui/states.tsx";
import { Table } from "../../ui/Table.tsx";
import { describeAction } from "./describeAction.ts";
import { titleOf } from "./Governance.tsx";
import { StepForm } from "./StepForm.tsx";
import { type ProposalState, StateBadge, useProposalState } from "./states.tsx";
import { VoteForm } from "./VoteForm.tsx";

export function ProposalPage() {
  const { id } = useParams({ strict: false }) as { id: string };
  const proposals = useProposals();
  return (
    <Answered query={proposals} what="Loading proposal">
      {(all) => {
        const found = all.find((proposal) => String(proposal.id) === id);
        return found === undefined ? (
          <>
            <NoPage title="Proposal not found">
              A proposal ID is the number that the governor contract assigns.
            </NoPage>
            <IndexGap />
          </>
        ) : (
          <OneProposal proposal={found} />
        );
      }}
    </Answered>
  );
}

function OneProposal({ proposal }: { readonly proposal: Proposal }) {
  const state = useProposalState(proposal.id);
  const accounts = useDevelopmentAccounts() ?? [];
  return (
    <>
      <h1>
        {titleOf(proposal.description)} <StateBadge state={state} />
      </h1>
      <Way proposal={proposal} state={state} />
      {accounts.length > 0 && state === "active" && <VoteForm proposal={proposal} accounts={accounts} />}
      {accounts.length > 0 && <StepForm proposal={proposal} accounts={accounts} state={state} />}
      <Tally proposal={proposal} />
      <Card title="Actions">
        <ol className="actions">
          {proposal.actions.map((action, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: actions have no id and a fixed order
            <li key={index}>{describeAction(action)}</li>
          ))}
        </ol>
        <p className="description">{proposal.description}</p>
      </Card>
      <Votes proposal={proposal} />
    </>
  );
}

const STEPS = ["pending", "active", "succeeded", "queued", "executed"] as const;

function Way({
  proposal,
  state,
}: {
  readonly proposal: Proposal;
  readonly state: ProposalState | undefined;
}) {
  const eta = useContract(governor, "proposalEta", [proposal.id]);
  const reached = STEPS.indexOf(state as (typeof STEPS)[number]);
  return (
    <Card title="Status">
      <Steps steps={STEPS} reached={reached} />
      <Facts>
        <Fact name="Proposed">
          by <AddressLink address={proposal.proposer} /> in{" "}
          <TransactionLink hash={proposal.transactionHash} />
        </Fact>
        <Fact name="Voting starts">
          <When ms={proposal.voteStart * 1_000} />
        </Fact>
        <Fact name="Voting ends">
          <When ms={proposal.voteEnd * 1_000} />
        </Fact>
        {eta.data !== undefined && eta.data > 0n && (
          <Fact name="Executable">
            <When ms={Number(eta.data) * 1_000} />
          </Fact>
        )}
        <Fact name="ID">
          <code>{String(proposal.id)}</code>
        </Fact>
      </Facts>
    </Card>
  );
}

function Tally({ proposal: { id, voteStart } }: { readonly proposal: Proposal }) {
  const votes = useContract(governor, "proposalVotes", [id]);
  const quorum = useContract(governor, "quorum", [BigInt(voteStart)]);
  if (votes.data === undefined) return null;
  const [against, inFavour, abstaining] = votes.data;
  const all = against + inFavour + abstaining;
  const rows = [
    ["for", inFavour, "good"],
    ["against", against, "bad"],
    ["abstain", abstaining, "plain"],
  ] as const;
  const present = inFavour + abstaining;
  return (
    <Card
      title="Votes cast"
      aside={
        quorum.data === undefined ? undefined : (
          <span>
            quorum: {coinText(present)} of {coinsText(quorum.data)}{" "}
            {present >= quorum.data ? (
              <Badge tone="good">reached</Badge>
            ) : (
              <Badge tone="warn">not reached</Badge>
            )}
          </span>
        )
      }
    >
      <dl className="bars">
        {rows.map(([name, wei, tone]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>
              <span className={`bar bar-${tone}`}>
                <span style={{ width: `${all === 0n ? 0 : Number((wei * 1_000n) / all) / 10}%` }} />
              </span>
              <Coins wei={wei} />
            </dd>
          </div>
        ))}
      </dl>
    </Card>
  );
}

const CHOICES = ["against", "for", "abstain"] as const;

function Votes({ proposal }: { readonly proposal: Proposal }) {
  const votes = useVotes(proposal);
  return (
    <Card title="Votes, newest first">
      <IndexGap />
      <Answered query={votes} what="Loading votes">
        {(rows) =>
          rows.length === 0 ? (
            <Empty title="No votes yet" />
          ) : (
            <Table
              label="Votes"
              rows={rows}
              keyOf={({ transactionHash }) => transactionHash}
              columns={[
                { name: "Voter", width: "1fr", cell: ({ voter }) => <AddressLink address={voter} /> },
                { name: "Vote", width: "6rem", cell: ({ support }) => CHOICES[support] ?? support },
                {
                  name: "Voting power, coins",
                  width: "8rem",
                  isNumeric: true,
                  cell: ({ weightWei }) => <Coins wei={weightWei} isBare />,
                },
                {
                  name: "Stake",
                  width: "7rem",
                  isMinor: true,
                  cell: ({ isOwnStake }) => (isOwnStake ? "own stake" : "pool"),
                },
                { name: "Reason", width: "1fr", isMinor: true, cell: ({ reason }) => reason || "–" },
                {
                  name: "Transaction",
                  width: "1fr",
                  isMinor: true,
                  cell: ({ transactionHash }) => <TransactionLink hash={transactionHash} />,
                },
              ]}
            />
          )
        }
      </Answered>
    </Card>
  );
}
