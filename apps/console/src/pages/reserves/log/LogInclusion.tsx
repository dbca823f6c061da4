import { useMutation } from "@tanstack/react-query";
import { countText } from "../../../format/units.ts";
import { ProblemText } from "../../../session/ProblemText.tsx";
import { Badge } from "../../../ui/primitives.tsx";

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
          {checking.isPending ? "Verifying…" : "Verify inclusion"}
        </button>
      ) : (
        <Badge tone="good">
          included in the log of {countText(checking.data.size)} entries, verified against the signed
          checkpoint
        </Badge>
      )}
      <ProblemText error={checking.error} />
    </>
  );
}
