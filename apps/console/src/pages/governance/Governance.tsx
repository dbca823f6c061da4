import { Link } from "@tanstack/react-router";
import type { Hex } from "viem";
import { governor } from "../../contracts/governor.ts";
import { treasury } from "../../contracts/parameters.ts";
import { staking } from "../../contracts/staking.ts";
import { isRefusal } from "../../errors.ts";
import { countText } from "../../format/units.ts";
import { useContract } from "../../live/contracts.ts";
import { useLiveRpc } from "../../live/node.ts";
import { type Proposal, useProposals } from "../../live/proposals.ts";
import { useDevelopmentAccounts } from "../../live/sending.ts";
import { IndexGap } from "../../ui/IndexGap.tsx";
import { AddressLink, Ago, Card, Coins, Figure } from "../../ui/primitives.tsx";
import { Answered, Empty, Loading } from "../../ui/states.tsx";
import { Table } from "../../ui/Table.tsx";
import { ParameterTable } from "./ParameterTable.tsx";
import { ProposeForm } from "./ProposeForm.tsx";
import { StateBadge, useProposalState } from "./states.tsx";

export function Governance() {
  const code = useLiveRpc<Hex>("eth_getCode", [governor.address, "latest"]);
  const accounts = useDevelopmentAccounts();
  if (code.data === undefined) return <Loading what="Loading governance" />;
  return (
    <>
      <h1>Governance</h1>
      {code.data === "0x" ? (
        <Empty title="This network has no governance">The genesis has no validators.</Empty>
      ) : (
        <>
          <Numbers />
          <Proposals />
          {accounts !== undefined && accounts.length > 0 && <ProposeForm accounts={accounts} />}
          <ParameterTable />
        </>
      )}
    </>
  );
}

function Numbers() {
  const total = useContract(staking, "totalStake", []);
  const quorum = useContract(governor, "quorumNumerator", []);
  const epoch = useContract(staking, "epoch", []);
  const balance = useLiveRpc<Hex>("eth_getBalance", [treasury.address, "latest"]);
  return (
    <dl className="figures">
      <Figure
        label="Total stake"
        value={total.data === undefined ? "…" : <Coins wei={total.data} />}
        note="total voting power"
      />
      <Figure
        label="Quorum"
        value={quorum.data === undefined ? "…" : `${Number(quorum.data) / 100} %`}
        note="of the total stake must vote for or abstain"
      />
      <Figure
        label="Treasury"
        value={balance.data === undefined ? "…" : <Coins wei={BigInt(balance.data)} />}
        note={<AddressLink address={treasury.address} />}
      />
      <Figure
        label="Epoch"
        value={epoch.data === undefined ? "…" : countText(epoch.data)}
        note="new parameters apply from the next epoch"
      />
    </dl>
  );
}

function Proposals() {
  const proposals = useProposals();
  const isWithoutIndex = isRefusal(proposals.error) && proposals.error.facts.nodeCode === "RPC_INDEX_OFF";
  return (
    <Card title="Proposals, newest first">
      <IndexGap />
      {isWithoutIndex ? (
        <Empty title="This node has no index">Start the node with --index to list proposals.</Empty>
      ) : (
        <Answered query={proposals} what="Loading proposals">
          {(rows) =>
            rows.length === 0 ? (
              <Empty title="No proposals yet">
                Accounts above the proposal threshold can propose with the form below or with any wallet.
              </Empty>
            ) : (
              <Table
                label="Proposals"
                rows={rows}
                keyOf={({ id }) => String(id)}
                columns={[
                  { name: "Proposal", width: "1fr", cell: (row) => <ProposalLink proposal={row} /> },
                  { name: "State", width: "7rem", cell: ({ id }) => <State id={id} /> },
                  {
                    name: "Proposer",
                    width: "1fr",
                    isMinor: true,
                    cell: ({ proposer }) => <AddressLink address={proposer} />,
                  },
                  {
                    name: "Actions",
                    width: "5rem",
                    isNumeric: true,
                    isMinor: true,
                    cell: ({ actions }) => actions.length,
                  },
                  {
                    name: "Voting starts",
                    width: "8rem",
                    isMinor: true,
                    cell: ({ voteStart }) => <Ago ms={voteStart * 1_000} />,
                  },
                ]}
              />
            )
          }
        </Answered>
      )}
    </Card>
  );
}

function ProposalLink({ proposal: { id, description } }: { readonly proposal: Proposal }) {
  return (
    <Link to="/governance/$id" params={{ id: String(id) }} className="row-link">
      {titleOf(description)}
    </Link>
  );
}

function State({ id }: { readonly id: bigint }) {
  return <StateBadge state={useProposalState(id)} />;
}

export function titleOf(description: string): string {
  const line = description
    .split("\n")[0]!
    .replace(/^#+\s*/, "")
    .trim();
  return line === "" ? "untitled" : line;
}
