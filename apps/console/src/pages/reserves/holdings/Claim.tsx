import { useMutation } from "@tanstack/react-query";
import type { OwnershipMethod } from "@trellis/client/reserves";
import { useState } from "react";
import { ProblemText } from "../../../session/ProblemText.tsx";
import { Form, SelectField, TextField } from "../../../ui/Form.tsx";
import { Card, Copy } from "../../../ui/primitives.tsx";
import { client } from "../service/client.ts";
import { useChange } from "../service/useReserves.ts";
import { useSnapshotChoice } from "./useSnapshotChoice.ts";

/** CAIP-2 chain id. */
const CHAIN = /^[-a-z0-9]{3,8}:[-_a-zA-Z0-9]{1,32}$/;

export function Claim() {
  const { value, setChosen, options, snapshotId } = useSnapshotChoice();
  const [chain, setChain] = useState("");
  const [address, setAddress] = useState("");
  const wrongChain = CHAIN.test(chain.trim()) ? undefined : "Enter a CAIP-2 chain ID, such as eip155:1.";
  const wrongAddress = address.trim() === "" ? "Enter an address." : undefined;
  const asking = useMutation({
    mutationFn: () =>
      client.call("issueChallenge", {
        body: { chain: chain.trim(), address: address.trim(), snapshotId: snapshotId ?? "" },
      }),
  });
  return (
    <Card title="Prove ownership of an address">
      <Form
        label="Request a challenge"
        isValid={wrongChain === undefined && wrongAddress === undefined && snapshotId !== undefined}
        isSending={asking.isPending}
        onSubmit={() => asking.mutate()}
        action="Create challenge"
      >
        <div className="fields">
          <SelectField
            label="Snapshot"
            value={value}
            onChange={setChosen}
            options={options}
            wrong={snapshotId === undefined ? "No signed snapshot yet." : undefined}
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
  ["eip191", "eip191: message signed by an EVM key"],
  ["eip712", "eip712: typed data signed by an EVM key"],
  ["eip1271", "eip1271: a contract wallet"],
  ["bip322", "bip322: Bitcoin"],
];
const SIGNATURE_CHARS_MAX = 65_536;

function Signed({ challenge }: { readonly challenge: string }) {
  const [method, setMethod] = useState<OwnershipMethod>("eip191");
  const [signature, setSignature] = useState("");
  const claiming = useChange("claimAddress", ["listAddresses"]);
  const wrong = signature.trim() === "" ? "Enter a signature." : undefined;
  return (
    <>
      <p className="soft">
        Sign this text unchanged with the wallet that controls the address. The challenge is valid once.{" "}
        <Copy text={challenge} label="challenge" />
      </p>
      <pre>{challenge}</pre>
      <Form
        label="Submit signature"
        isValid={wrong === undefined}
        isSending={claiming.isPending}
        onSubmit={() => claiming.mutate({ body: { challenge, method, signature: signature.trim() } })}
        action="Submit signature"
      >
        <div className="fields">
          <SelectField label="Signature method" value={method} onChange={setMethod} options={METHODS} />
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
          {claiming.data.address} is verified.
        </p>
      )}
      <ProblemText error={claiming.error} />
    </>
  );
}
