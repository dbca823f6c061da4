import { Link } from "@tanstack/react-router";
import type { Attestation } from "@trellis/reserves/attestation/verify";
import { countText } from "../../../format/units.ts";
import { useRole, useSession } from "../../../session/session.ts";
import { Ago, Badge, Card, Figure } from "../../../ui/primitives.tsx";
import { Empty } from "../../../ui/states.tsx";
import { Table } from "../../../ui/Table.tsx";
import { useAttestation } from "../holdings/useAttestation.ts";
import { useReserves } from "../service/useReserves.ts";
import { Amount } from "../ui/Amount.tsx";
import { Frame } from "../ui/Frame.tsx";
import { queryValue } from "../ui/queryValue.tsx";
import { Answered } from "../ui/Refused.tsx";
import { useNewestSigned } from "./newestSigned.ts";

export function ReservesOverview() {
  const role = useRole();
  const state = useSession();
  const isStaff = role !== undefined && role !== "customer";
  return (
    <Frame title="Reserves">
      {state.kind === "unreachable" ? (
        <Empty title="The custodian service is not responding yet">
          A devnet starts it within seconds. The console retries automatically.
        </Empty>
      ) : (
        <>
          <Numbers isStaff={isStaff} />
          <Coverage />
          {role === "customer" && (
            <p>
              <Link to="/mine" className="button primary">
                Your balances and inclusion proofs
              </Link>
            </p>
          )}
        </>
      )}
    </Frame>
  );
}

const LOOK_MS = 15_000;

function Numbers({ isStaff }: { readonly isStaff: boolean }) {
  const newest = useNewestSigned(LOOK_MS);
  const record = useReserves(
    "getSnapshot",
    { snapshot: newest.data?.number ?? 0 },
    { isWanted: Boolean(newest.data), everyMs: LOOK_MS },
  );
  const head = useReserves("getLogHead", {}, { everyMs: LOOK_MS });
  const incidents = useReserves(
    "listIncidents",
    { state: "open", limit: 200 },
    { isWanted: isStaff, everyMs: LOOK_MS },
  );
  const totals = useReserves("getTotals", {}, { isWanted: isStaff });
  const anchor = record.data?.anchor;
  return (
    <dl className="figures">
      <Figure
        label="Newest snapshot"
        value={queryValue(newest, (found) => (found === null ? "none" : countText(found.number)))}
        note={newest.data && <Ago ms={newest.data.timeMs} />}
      />
      <Figure
        label="Anchored on-chain"
        value={
          newest.data === null
            ? "—"
            : queryValue(record, (found) =>
                found.anchor === null ? (
                  <Badge tone="warn">pending</Badge>
                ) : (
                  <Badge tone="good">anchored</Badge>
                ),
              )
        }
        note={anchor ? `chain ${anchor.chainId}, block ${countText(anchor.blockNumber)}` : undefined}
      />
      <Figure
        label="Transparency log"
        value={queryValue(head, ({ size }) => countText(size), { LOG_HEAD_MISSING: "empty" })}
        note={head.data && <Ago ms={head.data.timeMs} />}
      />
      {isStaff && (
        <>
          <Figure
            label="Ledger"
            value={queryValue(totals, ({ position }) => countText(BigInt(position)))}
            note="entries"
          />
          <Figure
            label="Open incidents"
            value={queryValue(incidents, ({ items: { length } }) => (
              <Badge tone={length === 0 ? "good" : "bad"}>{length}</Badge>
            ))}
            note={<Link to="/reserves/incidents">reconciliation</Link>}
          />
        </>
      )}
    </dl>
  );
}

const BASIS_POINTS = 10_000n;

function Coverage() {
  const list = useReserves("listAttestations", { limit: 1 }, { everyMs: LOOK_MS });
  const newest = list.data?.items[0];
  const attestation = useAttestation(newest?.id);
  return (
    <Card
      title="Coverage"
      aside={
        newest && (
          <Link to="/reserves/attestation/$id" params={{ id: newest.id }}>
            attestation {newest.id}, <Ago ms={newest.timeMs} />
          </Link>
        )
      }
    >
      <Answered query={list} what="Loading attestations">
        {({ items }) =>
          items.length === 0 ? (
            <Empty title="No attestations yet">
              An operator creates attestations on the Attestations page.
            </Empty>
          ) : (
            <Answered query={attestation} what="Loading attestation">
              {({ assets, isCovered }) => (
                <>
                  <p>
                    {isCovered ? <Badge tone="good">covered</Badge> : <Badge tone="bad">not covered</Badge>}{" "}
                    {isCovered
                      ? "Reserves after haircut cover the liabilities of every asset."
                      : "Reserves after haircut do not cover the liabilities of at least one asset."}
                  </p>
                  <CoverageTable assets={assets} />
                </>
              )}
            </Answered>
          )
        }
      </Answered>
    </Card>
  );
}

function CoverageTable({ assets }: { readonly assets: Attestation["assets"] }) {
  return (
    <Table
      label="Coverage by asset"
      rows={assets}
      keyOf={({ asset }) => asset}
      columns={[
        { name: "Asset", width: "5rem", cell: ({ asset }) => asset },
        {
          name: "Liabilities",
          width: "1fr",
          isNumeric: true,
          isMinor: true,
          cell: (row) => <Amount asset={row.asset} decimals={row.decimals} amount={row.liabilities} />,
        },
        {
          name: "Reserves",
          width: "1fr",
          isNumeric: true,
          isMinor: true,
          cell: (row) => <Amount asset={row.asset} decimals={row.decimals} amount={row.reserves} />,
        },
        {
          name: "Reserves after haircut",
          width: "1fr",
          isMinor: true,
          isNumeric: true,
          cell: (row) => <Amount asset={row.asset} decimals={row.decimals} amount={row.countedReserves} />,
        },
        {
          name: "Coverage ratio",
          width: "1fr",
          isNumeric: true,
          cell: ({ countedReserves, liabilities, isCovered: isGood }) => (
            <Badge tone={isGood ? "good" : "bad"}>{shareText(countedReserves, liabilities)}</Badge>
          ),
        },
      ]}
    />
  );
}

function shareText(counted: string, owed: string): string {
  if (BigInt(owed) === 0n) return "no liabilities";
  const points = (BigInt(counted) * BASIS_POINTS) / BigInt(owed);
  return `${points / 100n}.${String(points % 100n).padStart(2, "0")} %`;
}
