import { useMutation } from "@tanstack/react-query";
import type { OwnershipMethod } from "@trellis/client/reserves";
import { useState } from "react";
import { ProblemText } from "../../../session/ProblemText.tsx";
import { Form, SelectField, TextField } from "../../../ui/Form.tsx";
import { Card, Copy } from "../../../ui/primitives.tsx";
import { client } from "../service/client.ts";
import { useChange } from "../service/useReserves.ts";
import { useSnapshotChoice } from "./useSnapshotChoice.ts";

/** CAIP-2 */
const CHAIN = /^[-a-z0-9]{3,8}:[-_a-zA-Z0-9]{1,32}$/;

/** First the text that is signed, then its signature, which is made elsewhere. */
export function Claim() {
  const { value, setChosen, options, snapshotId } = useSnapshotChoice();
  const [chain, setChain] = useState("");
  const [address, setAddress] = useState("");
  const wrongChain = CHAIN.test(chain.trim()) ? undefined : "A chain by CAIP-2, as eip155:1.";
  const wrongAddress = address.trim() === "" ? "An address is needed." : undefined;
  const asking = useMutation({
    mutationFn: () =>
      client.call("issueChallenge", {
        body: { chain: chain.trim(), address: address.trim(), snapshotId: snapshotId ?? "" },
      }),
  });
  return (
    <Card title="Claim an address">
      <Form
        label="Ask for a challenge"
        isValid={wrongChain === undefined && wrongAddress === undefined && snapshotId !== undefined}
        isSending={asking.isPending}
        onSubmit={() => asking.mutate()}
        action="Get the text to sign"
      >
        <div className="fields">
          <SelectField
            label="For"
            value={value}
            onChange={setChosen}
            options={options}
            wrong={snapshotId === undefined ? "There is no signed snapshot yet." : undefined}
          />
          <TextField
            label="Chain"
            value={chain}
            onChange={setChain}
            placeholder="eip155:1"
            wrong={wrongChain}
          />
          <TextField
            label="Address"
            value={address}
            onChange={setAddress}
            maxLength={128}
            wrong={wrongAddress}
          />
        </div>
      </Form>
      <ProblemText error={asking.error} />
      {asking.data !== undefined && <Signed key={asking.data.challenge} challenge={asking.data.challenge} />}
    </Card>
  );
}

const METHODS: readonly (readonly [OwnershipMethod, string])[] = [
  ["eip191", "eip191: a message signed by an EVM key"],
  ["eip712", "eip712: typed data signed by an EVM key"],
  ["eip1271", "eip1271: a contract wallet"],
  ["bip322", "bip322: Bitcoin"],
];
const SIGNATURE_CHARS_MAX = 65_536;

function Signed({ challenge }: { readonly challenge: string }) {
  const [method, setMethod] = useState<OwnershipMethod>("eip191");
  const [signature, setSignature] = useState("");
  const claiming = useChange("claimAddress", ["listAddresses"]);
  const wrong = signature.trim() === "" ? "A signature is needed." : undefined;
  return (
    <>
      <p className="soft">
        Whoever holds the key signs this text, as it is, with their own wallet. It is good once.{" "}
        <Copy text={challenge} label="text to sign" />
      </p>
      <pre>{challenge}</pre>
      <Form
        label="Claim"
        isValid={wrong === undefined}
        isSending={claiming.isPending}
        onSubmit={() => claiming.mutate({ body: { challenge, method, signature: signature.trim() } })}
        action="Claim"
      >
        <div className="fields">
          <SelectField label="How it was signed" value={method} onChange={setMethod} options={METHODS} />
          <TextField
            label="Signature"
            value={signature}
            onChange={setSignature}
            isLong
            maxLength={SIGNATURE_CHARS_MAX}
            wrong={wrong}
          />
        </div>
      </Form>
      {claiming.data !== undefined && (
        <p role="status" className="good">
          {claiming.data.address} is claimed.
        </p>
      )}
      <ProblemText error={claiming.error} />
    </>
  );
}
