import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { Hex } from "viem";
import { staking } from "../../contracts/staking.ts";
import { addressText, countText, shortHex } from "../../format/units.ts";
import type { CertificateJson } from "../../live/chainTypes.ts";
import { useContract } from "../../live/contracts.ts";
import { node, queries } from "../../live/node.ts";
import { Badge, BlockLink, Card } from "../../ui/primitives.tsx";
import { Answered, Empty } from "../../ui/states.tsx";
import { Table } from "../../ui/Table.tsx";

const SHOWN = 20;

/** Refetched, because validators may still add signatures. */
function useCertificates(newest: number) {
  return useQuery({
    queryKey: ["certificates", newest],
    queryFn: async () => {
      const heights = Array.from({ length: Math.min(SHOWN, newest) }, (_, index) => newest - index);
      const found = await Promise.all(heights.map((height, age) => certificateOf(height, age)));
      return found.filter((certificate) => certificate !== null);
    },
    placeholderData: keepPreviousData,
  });
}

/** Newest heights that accept late signatures (FINAL-11). */
const FILLING = 8;

function certificateOf(height: number, age: number): Promise<CertificateJson | null> {
  return queries.fetchQuery({
    queryKey: ["certificate", height],
    queryFn: () =>
      node.request<CertificateJson | null>("trellis_getCertificate", [`0x${height.toString(16)}`]),
    staleTime: age < FILLING ? 0 : Number.POSITIVE_INFINITY,
  });
}

export function Checkpoints({ newest }: { readonly newest: number }) {
  const certificates = useCertificates(newest);
  return (
    <Answered query={certificates} what="Loading certificates">
      {(rows) =>
        rows.length === 0 ? (
          <Card title="Newest checkpoints">
            <Empty title="No checkpoints yet" />
          </Card>
        ) : (
          <>
            <SignerMap epoch={rows[0]!.epoch} certificates={rows} />
            <Card title="Newest checkpoints">
              <Table
                label="Checkpoints"
                rows={rows}
                keyOf={({ height }) => String(height)}
                columns={[
                  { name: "Height", width: "4rem", cell: ({ height }) => <HeightLink height={height} /> },
                  { name: "Block", width: "1fr", cell: ({ value }) => <BlockLink hash={value} /> },
                  {
                    name: "Epoch",
                    width: "5rem",
                    isNumeric: true,
                    isMinor: true,
                    cell: ({ epoch }) => countText(epoch),
                  },
                  {
                    name: "Round",
                    width: "3.5rem",
                    isNumeric: true,
                    cell: ({ round }) => (round === 0 ? "0" : <Badge tone="warn">{round}</Badge>),
                  },
                  {
                    name: "Signed by",
                    width: "7rem",
                    isNumeric: true,
                    isMinor: true,
                    cell: ({ signers }) => countText(signers.length),
                  },
                ]}
              />
            </Card>
          </>
        )
      }
    </Answered>
  );
}

export function HeightLink({ height }: { readonly height: number }) {
  return (
    <Link to="/checkpoint/$height" params={{ height: String(height) }} className="row-link">
      {countText(height)}
    </Link>
  );
}

function SignerMap({
  epoch,
  certificates,
}: {
  readonly epoch: number;
  readonly certificates: readonly CertificateJson[];
}) {
  const members = useContract(staking, "activeSet", [BigInt(epoch)]);
  const ofEpoch = certificates.filter((certificate) => certificate.epoch === epoch).toReversed();
  if (members.data === undefined || members.data.length === 0) return null;
  return (
    <Card
      title={`Signatures in epoch ${epoch}`}
      aside={<span>one column per checkpoint, labelled with its round</span>}
    >
      <div className="signers">
        <table aria-label={`Signatures in epoch ${epoch}`}>
          <thead>
            <tr>
              <th scope="col">Validator</th>
              {ofEpoch.map(({ height, round }) => (
                <th key={height} scope="col" title={`checkpoint ${height}`}>
                  <Link to="/checkpoint/$height" params={{ height: String(height) }}>
                    <span className="visually-hidden">checkpoint {height}, round </span>
                    {round}
                  </Link>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {members.data.map(({ validator }, place) => (
              <tr key={validator}>
                <th scope="row">
                  <ValidatorLink address={validator} />
                </th>
                {ofEpoch.map(({ height, signers }) => (
                  <td key={height}>
                    <Mark isSigned={signers.includes(place)} />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Card>
  );
}

function Mark({ isSigned }: { readonly isSigned: boolean }) {
  return (
    <span className={isSigned ? "mark mark-good" : "mark"}>
      <span className="visually-hidden">{isSigned ? "signed" : "missed"}</span>
    </span>
  );
}

export function ValidatorLink({ address }: { readonly address: Hex }) {
  return (
    <Link to="/validator/$address" params={{ address }} title={addressText(address)} className="row-link">
      <code>{shortHex(addressText(address))}</code>
    </Link>
  );
}
