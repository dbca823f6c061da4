import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { ProblemText } from "../../../session/ProblemText.tsx";
import { Badge } from "../../../ui/primitives.tsx";
import { Empty } from "../../../ui/states.tsx";
import { client } from "../service/client.ts";
import { useServicePages } from "../service/useService.ts";
import { download, fileName } from "../ui/download.ts";
import { Refused } from "../ui/Refused.tsx";
import { TimeText } from "../ui/TimeText.tsx";
import { JudgementView, type JudgementViewProps } from "../verify/JudgementView.tsx";
import { LocalVerifier } from "../verify/LocalVerifier.ts";
import { usePublishedRecords } from "../verify/publishedRecords.ts";

let verifier: LocalVerifier | undefined;

/** The proof of each snapshot: verified here, or kept as a file. */
export function Proofs({ customerId }: { readonly customerId: string }) {
  const { query, items } = useServicePages("listSnapshots", {});
  const published = usePublishedRecords();
  const [shown, setShown] = useState<Omit<JudgementViewProps, "published">>();
  const fetchProof = (snapshot: number) => client.call("getProof", { customerId, snapshot });
  const keeping = useMutation({
    mutationFn: async ({ number, isBinary }: { readonly number: number; readonly isBinary: boolean }) => {
      const input = { customerId, snapshot: number };
      const bytes = await client.call(isBinary ? "getProofFile" : "getProof", input);
      const type = isBinary ? "application/octet-stream" : "application/json";
      download(
        `proof-${fileName(customerId)}-${number}.${isBinary ? "bin" : "json"}`,
        bytes as BlobPart,
        type,
      );
    },
  });
  const verifying = useMutation({
    mutationFn: async (number: number) => {
      verifier ??= new LocalVerifier();
      const bytes = await fetchProof(number);
      const recordHash = published.find((record) => record.number === number)?.recordHash;
      const expected = { customerId, ...(recordHash === undefined ? {} : { recordHash }) };
      const judged = await verifier.judge(bytes as Uint8Array<ArrayBuffer>, expected);
      return { name: `the proof of snapshot ${number}`, ...judged };
    },
    onSuccess: setShown,
  });
  if (items === undefined) {
    return query.error === null ? null : <Refused error={query.error} onRetry={query.refetch} />;
  }
  const signed = items.filter(({ state }) => state === "signed");
  if (signed.length === 0) return <Empty title="No snapshot was signed yet" />;
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
                Verify here<span className="visually-hidden"> the proof of snapshot {number}</span>
              </button>
              <button
                type="button"
                disabled={keeping.isPending}
                onClick={() => keeping.mutate({ number, isBinary: false })}
              >
                Keep as JSON<span className="visually-hidden"> of snapshot {number}</span>
              </button>
              <button
                type="button"
                disabled={keeping.isPending}
                onClick={() => keeping.mutate({ number, isBinary: true })}
              >
                binary<span className="visually-hidden"> of snapshot {number}</span>
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
