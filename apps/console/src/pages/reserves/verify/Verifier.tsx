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
        An inclusion proof shows that a balance is part of the liabilities of a custodian. This browser
        verifies the proof file. The file is not uploaded.
      </p>
      <FileDrop isReady={isReady.data === true} onFile={setGiven} />
      <ProblemText error={isReady.error} />
      <p className="soft">
        Command line:{" "}
        <a href="/verify-proof.mjs" download>
          verify-proof.mjs
        </a>{" "}
        is a single-file verifier for Node.js: <code>node verify-proof.mjs proof.json RECORD CUSTOMER</code>,
        with the hash of the published root record and your customer ID. Without them the program compares
        nothing.
      </p>
      <Card title="Values to compare with" aside={<span>the more you enter, the more is verified</span>}>
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
              <h2>File too large: {judging.data.name} was not read</h2>
              <p>
                The file size is {bytesText(judging.data.tooLarge)}. The limit is {bytesText(FILE_BYTES_MAX)}.
              </p>
            </div>
          ))}
      </div>
    </Frame>
  );
}
