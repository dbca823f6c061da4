import { Link, useNavigate } from "@tanstack/react-router";
import type { ReserveAddress } from "@trellis/client/reserves";
import { useState } from "react";
import type { Hex } from "viem";
import { ProblemText } from "../../../session/ProblemText.tsx";
import { useRole } from "../../../session/session.ts";
import { Form, SelectField } from "../../../ui/Form.tsx";
import { Ago, Badge, Card, HexText } from "../../../ui/primitives.tsx";
import { refresh, useChange, useReservesPages } from "../service/useReserves.ts";
import { Frame, OPERATORS } from "../ui/Frame.tsx";
import { JobProgress } from "../ui/JobProgress.tsx";
import { List } from "../ui/List.tsx";
import { TimeText } from "../ui/TimeText.tsx";
import { Claim } from "./Claim.tsx";
import { useSnapshotChoice } from "./useSnapshotChoice.ts";

export function Holdings() {
  const role = useRole();
  const isStaff = role !== undefined && role !== "customer";
  const mayWrite = role !== undefined && OPERATORS.includes(role);
  return (
    <Frame title="Attestations">
      {mayWrite && <Attest />}
      <AttestationList />
      {isStaff && <Addresses mayWrite={mayWrite} />}
      {mayWrite && <Claim />}
    </Frame>
  );
}

function Attest() {
  const { value, setChosen, options, snapshotId } = useSnapshotChoice();
  const attesting = useChange("attest");
  return (
    <Card title="Attest that reserves cover liabilities">
      <Form
        label="Create attestation"
        isValid={snapshotId !== undefined}
        isSending={attesting.isPending}
        onSubmit={() => snapshotId !== undefined && attesting.mutate({ body: { snapshotId } })}
        action="Create attestation"
      >
        <SelectField
          label="Snapshot"
          value={value}
          onChange={setChosen}
          options={options}
          hint="Balances of the claimed addresses are read at the blocks of this snapshot."
          wrong={snapshotId === undefined ? "No signed snapshot yet." : undefined}
        />
      </Form>
      {attesting.data !== undefined && (
        <JobProgress
          key={attesting.data.id}
          job={attesting.data}
          onDone={() => refresh(["listAttestations", "getLogHead"])}
        />
      )}
      <ProblemText error={attesting.error} />
    </Card>
  );
}

function AttestationList() {
  const { query, items } = useReservesPages("listAttestations", {});
  const navigate = useNavigate();
  return (
    <Card title="All attestations" aside={<span>newest first</span>}>
      <List
        label="Attestations"
        query={query}
        items={items}
        none="No attestations yet"
        keyOf={({ id }) => id}
        onOpen={({ id }) => void navigate({ to: "/reserves/attestation/$id", params: { id } })}
        columns={[
          {
            name: "Number",
            width: "4rem",
            cell: ({ id }) => (
              <Link to="/reserves/attestation/$id" params={{ id }}>
                {id}
              </Link>
            ),
          },
          {
            name: "Covered",
            width: "8rem",
            cell: ({ isCovered }) =>
              isCovered ? <Badge tone="good">covered</Badge> : <Badge tone="bad">not covered</Badge>,
          },
          { name: "Time", width: "6rem", cell: ({ timeMs }) => <Ago ms={timeMs} /> },
          {
            name: "Snapshot",
            width: "1fr",
            isMinor: true,
            cell: ({ snapshotId }) => <HexText hex={snapshotId as Hex} label="snapshot ID" />,
          },
        ]}
      />
    </Card>
  );
}

function Addresses({ mayWrite }: { readonly mayWrite: boolean }) {
  const { query, items } = useReservesPages("listAddresses", {});
  return (
    <Card title="Addresses with proof of ownership">
      <List
        label="Addresses"
        query={query}
        items={items}
        none="No addresses yet"
        keyOf={({ chain, address }) => `${chain} ${address}`}
        columns={[
          {
            name: "Chain",
            width: "8rem",
            isMinor: true,
            cell: ({ chain }) => <span title={chain}>{chain}</span>,
          },
          {
            name: "Address",
            width: "1fr",
            cell: ({ address }) => <HexText hex={address as Hex} label="address" />,
          },
          {
            name: "Proof method",
            width: "6rem",
            isMinor: true,
            cell: ({ method }) => <Badge>{method}</Badge>,
          },
          {
            name: "Claimed",
            width: "13rem",
            isMinor: true,
            cell: ({ claimedAtMs }) => <TimeText ms={claimedAtMs} />,
          },
          ...(mayWrite
            ? [{ name: "Action", width: "7rem", cell: (row: ReserveAddress) => <Release row={row} /> }]
            : []),
        ]}
      />
    </Card>
  );
}

function Release({ row: { chain, address } }: { readonly row: ReserveAddress }) {
  const [isSure, setSure] = useState(false);
  const releasing = useChange("releaseAddress", ["listAddresses"]);
  if (releasing.error !== null) return <span className="bad">{releasing.error.message}</span>;
  return (
    <button
      type="button"
      disabled={releasing.isPending}
      onBlur={() => setSure(false)}
      onClick={() => (isSure ? releasing.mutate({ chain, address }) : setSure(true))}
    >
      {isSure ? "Confirm" : "Release"}
      <span className="visually-hidden"> {address}</span>
    </button>
  );
}
