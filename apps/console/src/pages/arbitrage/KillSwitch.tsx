import { Confirm } from "../operations/Confirm.tsx";
import { useServiceChange } from "../operations/useService.ts";
import { ARBITRAGE, useMay, useRisk } from "./useArbitrage.ts";

/** Renders nothing while the kill switch is active; the banner offers to resume. */
export function KillSwitch() {
  const kill = useServiceChange();
  const may = useMay();
  const risk = useRisk().data;
  if (!may.stop || risk === undefined || risk.killed !== null) return null;
  return (
    <Confirm
      label="Stop all trading…"
      title="Stop all trading?"
      action="Stop all trading"
      isDangerous
      needsReason
      isSending={kill.isPending}
      error={kill.error}
      onConfirm={(reason) =>
        kill.mutateAsync({ path: `${ARBITRAGE}/kill`, method: "POST", body: { reason } })
      }
    >
      <p>
        The kill switch stops submissions in all processes until an admin resumes trading. Transactions
        already sent may still be included.
      </p>
    </Confirm>
  );
}
