import { useMutation } from "@tanstack/react-query";
import { countText } from "../../../format/units.ts";
import { ProblemText } from "../../../session/ProblemText.tsx";
import { Badge } from "../../../ui/primitives.tsx";

/** That an entry is in the log is checked here, when asked for. */
export function LogInclusion({ index }: { readonly index: number }) {
  const checking = useMutation({
    mutationFn: async () => {
      const { checkInclusion } = await import("./checkLog.ts");
      return checkInclusion(index);
    },
  });
  return (
    <>
      entry {countText(index)}{" "}
      {checking.data === undefined ? (
        <button type="button" disabled={checking.isPending} onClick={() => checking.mutate()}>
          {checking.isPending ? "Checking…" : "Check here that it is"}
        </button>
      ) : (
        <Badge tone="good">
          in the log of {countText(checking.data.size)} entries, as its signed head says
        </Badge>
      )}
      <ProblemText error={checking.error} />
    </>
  );
}
