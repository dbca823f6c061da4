import { useState } from "react";
import { Form, SelectField, TextField } from "../../../ui/Form.tsx";
import { ConfirmDialog } from "../Confirm.tsx";
import { subnetOf } from "./subnets.ts";
import { useNodeCall } from "./useNodeCall.ts";

const TIMES = [
  ["3600", "an hour"],
  ["86400", "a day"],
  ["604800", "a week"],
  ["", "for good"],
] as const;
const TEXTS = {
  "3600": "for an hour",
  "86400": "for a day",
  "604800": "for a week",
  "": "ever again",
} as const;

/** Keeps somebody out, by peer id or IP address. */
export function BanForm() {
  const ban = useNodeCall();
  const [target, setTarget] = useState("");
  const [seconds, setSeconds] = useState<(typeof TIMES)[number][0]>("3600");
  const [reason, setReason] = useState("");
  const [isAsking, setAsking] = useState(false);
  const wrongTarget = wrongTargetOf(target.trim());
  const wrongReason = reason.trim() === "" ? "Say why: it stands beside the ban." : undefined;
  const send = async (): Promise<void> => {
    const length = seconds === "" ? null : Number(seconds);
    await ban.mutateAsync({ method: "admin_ban", params: [target.trim(), length, reason.trim()] });
    setTarget("");
    setReason("");
  };
  return (
    <>
      <h3>Ban somebody</h3>
      <Form
        label="Ban somebody"
        action="Ban…"
        isValid={wrongTarget === undefined && wrongReason === undefined}
        isSending={ban.isPending}
        onSubmit={() => setAsking(true)}
      >
        <TextField
          label="Peer id or IP address"
          value={target}
          onChange={setTarget}
          maxLength={256}
          wrong={wrongTarget}
        />
        <SelectField label="For" value={seconds} onChange={setSeconds} options={TIMES} />
        <TextField
          label="Reason of the ban"
          value={reason}
          onChange={setReason}
          maxLength={256}
          wrong={wrongReason}
        />
      </Form>
      {isAsking && (
        <ConfirmDialog
          title={`Ban ${target.trim()}?`}
          action="Ban"
          isDangerous
          isSending={ban.isPending}
          error={ban.error}
          onConfirm={send}
          onClose={() => setAsking(false)}
        >
          <p>Connections to it end at once, and none is made or taken {TEXTS[seconds]}.</p>
        </ConfirmDialog>
      )}
    </>
  );
}

function wrongTargetOf(target: string): string | undefined {
  if (target === "") return "A peer id or an IP address is needed.";
  if (/^[1-9A-HJ-NP-Za-km-z]{40,60}$/.test(target)) return undefined;
  return subnetOf(target) === undefined || target.startsWith("/")
    ? "This is neither a peer id nor an IP address."
    : undefined;
}
