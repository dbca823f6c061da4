import { useState } from "react";
import { Form, SelectField, TextField } from "../../../ui/Form.tsx";
import { ConfirmDialog } from "../Confirm.tsx";
import { subnetOf } from "./subnets.ts";
import { useNodeCall } from "./useNodeCall.ts";

const TIMES = [
  ["3600", "1 hour"],
  ["86400", "1 day"],
  ["604800", "1 week"],
  ["", "permanent"],
] as const;
const TEXTS = {
  "3600": "for one hour",
  "86400": "for one day",
  "604800": "for one week",
  "": "permanently",
} as const;

export function BanForm() {
  const ban = useNodeCall();
  const [target, setTarget] = useState("");
  const [seconds, setSeconds] = useState<(typeof TIMES)[number][0]>("3600");
  const [reason, setReason] = useState("");
  const [isAsking, setAsking] = useState(false);
  const wrongTarget = wrongTargetOf(target.trim());
  const wrongReason = reason.trim() === "" ? "Enter a reason. It is shown with the ban." : undefined;
  const send = async (): Promise<void> => {
    const length = seconds === "" ? null : Number(seconds);
    await ban.mutateAsync({ method: "admin_ban", params: [target.trim(), length, reason.trim()] });
    setTarget("");
    setReason("");
  };
  return (
    <>
      <h3>Ban a peer</h3>
      <Form
        label="Ban a peer"
        action="Ban…"
        isValid={wrongTarget === undefined && wrongReason === undefined}
        isSending={ban.isPending}
        onSubmit={() => setAsking(true)}
      >
        <TextField
          label="Peer ID or IP address"
          value={target}
          onChange={setTarget}
          maxLength={256}
          wrong={wrongTarget}
        />
        <SelectField label="Duration" value={seconds} onChange={setSeconds} options={TIMES} />
        <TextField label="Reason" value={reason} onChange={setReason} maxLength={256} wrong={wrongReason} />
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
          <p>Open connections close immediately. New connections are refused {TEXTS[seconds]}.</p>
        </ConfirmDialog>
      )}
    </>
  );
}

function wrongTargetOf(target: string): string | undefined {
  if (target === "") return "Enter a peer ID or an IP address.";
  if (/^[1-9A-HJ-NP-Za-km-z]{40,60}$/.test(target)) return undefined;
  return subnetOf(target) === undefined || target.startsWith("/")
    ? "This is neither a peer ID nor an IP address."
    : undefined;
}
