import { useMutation, useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { bytesText } from "../../../format/units.ts";
import { ProblemText } from "../../../session/ProblemText.tsx";
import { Card } from "../../../ui/primitives.tsx";
import { Frame } from "../ui/Frame.tsx";
import { FileDrop, type GivenFile } from "./FileDrop.tsx";
import { JudgementView } from "./JudgementView.tsx";
import type { Expected } from "./judgeFile.ts";
import { expectedOf, KnownFields, NOTHING_KNOWN } from "./KnownFields.tsx";
import { LocalVerifier } from "./LocalVerifier.ts";
import { usePublishedRecords } from "./publishedRecords.ts";

/** Of no proof file; reading it would only keep the browser busy. bytes */
const FILE_BYTES_MAX = 64 * 1_048_576;
let verifier: LocalVerifier | undefined;

export function Verifier() {
  verifier ??= new LocalVerifier();
  const { ready } = verifier;
  const isReady = useQuery({ queryKey: ["verifier"], queryFn: () => ready.then(() => true) });
  const published = usePublishedRecords();
  const [known, setKnown] = useState(NOTHING_KNOWN);
  const [given, setGiven] = useState<GivenFile>();
  const judging = useMutation({
    mutationFn: async ({ file, expected }: { readonly file: GivenFile; readonly expected: Expected }) => {
      if (file.blob.size > FILE_BYTES_MAX) return { name: file.name, tooLarge: file.blob.size };
      const bytes = new Uint8Array(await file.blob.arrayBuffer());
      return { name: file.name, ...(await verifier!.judge(bytes, expected)) };
    },
  });
  const { mutate } = judging;
  useEffect(() => {
    const expected = expectedOf(known, published);
    if (given !== undefined && expected !== undefined) mutate({ file: given, expected });
  }, [given, known, published, mutate]);

  return (
    <Frame title="Verify a proof" isAlone>
      <p className="lead">
        A proof file shows that a balance is counted in what a custodian says it owes. It is verified in this
        browser: the file goes nowhere.
      </p>
      <FileDrop isReady={isReady.data === true} onFile={setGiven} />
      <ProblemText error={isReady.error} />
      <p className="soft">
        Without a browser:{" "}
        <a href="/verify-proof.mjs" download>
          verify-proof.mjs
        </a>{" "}
        is a verifier in one file that needs Node.js alone:{" "}
        <code>node verify-proof.mjs proof.json RECORD CUSTOMER</code>, with the hash of the published root
        record and your customer id. Without them nothing is compared.
      </p>
      <Card title="What you know by yourself" aside={<span>the more, the more is checked</span>}>
        <KnownFields known={known} published={published} onChange={setKnown} />
      </Card>
      <div aria-live="polite">
        {judging.isPending && <p className="state">Verifying…</p>}
        <ProblemText error={judging.error} />
        {judging.data !== undefined &&
          ("judgement" in judging.data ? (
            <JudgementView {...judging.data} published={published} />
          ) : (
            <div className="verdict verdict-bad">
              <h2>Not read: {judging.data.name} is too large</h2>
              <p>
                It has {bytesText(judging.data.tooLarge)}; no proof file has more than{" "}
                {bytesText(FILE_BYTES_MAX)}.
              </p>
            </div>
          ))}
      </div>
    </Frame>
  );
}
