import { isTrellisError } from "@trellis/base";
import { problemOf } from "./askService.ts";

export function ProblemText({ error }: { readonly error: Error | null }) {
  if (error === null) return null;
  const problem = problemOf(error);
  const hint = problem?.hint ?? (isTrellisError(error) ? error.hint : undefined);
  const code = problem?.code ?? (isTrellisError(error) ? error.code : undefined);
  return (
    <div className="notice notice-bad" role="alert">
      <strong>{problem?.detail ?? error.message}</strong>
      {hint !== undefined && <p>{hint}</p>}
      {problem?.issues !== undefined && <Issues issues={problem.issues} />}
      <p className="soft">
        {code !== undefined && <code>{code}</code>}
        {problem !== undefined && (
          <>
            {" "}
            request <code>{problem.correlationId}</code>
          </>
        )}
      </p>
    </div>
  );
}

const SHOWN_MAX = 20;

function Issues({
  issues,
}: {
  readonly issues: readonly { readonly pointer: string; readonly reason: string }[];
}) {
  return (
    <ul className="issues">
      {issues.slice(0, SHOWN_MAX).map(({ pointer, reason }) => (
        <li key={`${pointer} ${reason}`}>
          <code>{pointer}</code> {reason}
        </li>
      ))}
      {issues.length > SHOWN_MAX && <li>and {issues.length - SHOWN_MAX} more</li>}
    </ul>
  );
}
