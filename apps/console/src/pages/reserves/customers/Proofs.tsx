import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { ProblemText } from "../../../session/ProblemText.tsx";
import { Badge } from "../../../ui/primitives.tsx";
import { Empty } from "../../../ui/states.tsx";
import { client } from "../service/client.ts";
import { useReservesPages } from "../service/useReserves.ts";
import { download, fileName } from "../ui/download.ts";
import { Refused } from "../ui/Refused.tsx";
import { TimeText } from "../ui/TimeText.tsx";
import { JudgementView, type JudgementViewProps } from "../verify/JudgementView.tsx";
import { LocalVerifier } from "../verify/LocalVerifier.ts";
import { type PublishedRecord, usePublishedRecords } from "../verify/publishedRecords.ts";

let verifier: LocalVerifier | undefined;

export function Proofs({ customerId }: { readonly customerId: string }) {
  const { query, items } = useReservesPages("listSnapshots", {});
  const published = usePublishedRecords();
  const [shown, setShown] = useState<Omit<JudgementViewProps, "published">>();
  const keeping = useMutation({
    mutationFn: ({ number, isBinary }: { readonly number: number; readonly isBinary: boolean }) =>
      keepProof(customerId, number, isBinary),
  });
  const verifying = useMutation({
    mutationFn: (number: number) => verifyProof(customerId, number, published),
    onSuccess: setShown,
  });
  if (items === undefined) {
    return query.error === null ? null : <Refused error={query.error} onRetry={query.refetch} />;
  }
  const signed = items.filter(({ state }) => state === "signed");
  if (signed.length === 0) return <Empty title="No signed snapshot yet" />;
  return (
    <>
      <ul className="proofs" aria-label="Proofs by snapshot">
        {signed.map(({ number, timeMs }) => (
          <li key={number}>
            <span>
              Snapshot {number}{" "}
              <small className="soft">
                of <TimeText ms={timeMs} />
              </small>
            </span>
            <span className="buttons">
              <button
                type="button"
                className="primary"
                disabled={verifying.isPending}
                onClick={() => verifying.mutate(number)}
              >
                Verify<span className="visually-hidden"> the proof of snapshot {number}</span>
              </button>
              <button
                type="button"
                disabled={keeping.isPending}
                onClick={() => keeping.mutate({ number, isBinary: false })}
              >
                Download JSON<span className="visually-hidden"> of snapshot {number}</span>
              </button>
              <button
                type="button"
                disabled={keeping.isPending}
                onClick={() => keeping.mutate({ number, isBinary: true })}
              >
                Download binary<span className="visually-hidden"> of snapshot {number}</span>
              </button>
            </span>
          </li>
        ))}
      </ul>
      {verifying.isPending && (
        <p role="status">
          <Badge tone="info">verifying</Badge>
        </p>
      )}
      <ProblemText error={verifying.error ?? keeping.error} />
      {shown !== undefined && <JudgementView {...shown} published={published} />}
    </>
  );
}

async function keepProof(customerId: string, snapshot: number, isBinary: boolean): Promise<void> {
  const bytes = await client.call(isBinary ? "getProofFile" : "getProof", { customerId, snapshot });
  const type = isBinary ? "application/octet-stream" : "application/json";
  const ending = isBinary ? "bin" : "json";
  download(`proof-${fileName(customerId)}-${snapshot}.${ending}`, bytes as BlobPart, type);
}

async function verifyProof(customerId: string, snapshot: number, published: readonly PublishedRecord[]) {
  verifier ??= new LocalVerifier();
  const bytes = await client.call("getProof", { customerId, snapshot });
  const recordHash = published.find(({ number }) => number === snapshot)?.recordHash;
  const expected = { customerId, ...(recordHash === undefined ? {} : { recordHash }) };
  const judged = await verifier.judge(bytes as Uint8Array<ArrayBuffer>, expected);
  return { name: `the proof of snapshot ${snapshot}`, ...judged };
}
