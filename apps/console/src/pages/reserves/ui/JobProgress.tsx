import { useQuery } from "@tanstack/react-query";
import type { AddedJob, Job } from "@trellis/client/reserves";
import { useEffect, useRef } from "react";
import { Badge, type Tone } from "../../../ui/primitives.tsx";
import { client } from "../service/client.ts";
import { RESERVES } from "../service/useReserves.ts";
import { Refused } from "./Refused.tsx";

const LOOK_MS = 400;
const OVER: readonly Job["state"][] = ["done", "cancelled", "dead"];
const TONES: Readonly<Record<Job["state"], Tone>> = {
  waiting: "info",
  running: "info",
  done: "good",
  cancelled: "warn",
  dead: "bad",
};

export function JobProgress({ job, onDone }: { readonly job: AddedJob; readonly onDone: () => void }) {
  const query = useQuery({
    queryKey: [RESERVES, "getJob", job.kind, job.id],
    queryFn: ({ signal }) => client.call("getJob", { kind: job.kind, jobId: job.id }, signal),
    refetchInterval: ({ state }) => (OVER.includes(state.data?.state ?? "waiting") ? false : LOOK_MS),
  });
  const done = useRef(onDone);
  done.current = onDone;
  const isDone = query.data?.state === "done";
  useEffect(() => {
    if (isDone) done.current();
  }, [isDone]);
  const { data } = query;
  if (data === undefined) {
    return query.error === null ? null : <Refused error={query.error} onRetry={query.refetch} />;
  }
  return (
    <div className="job" role="status">
      <Badge tone={TONES[data.state]}>{data.state}</Badge> {data.kind} {data.progress?.phase}
      <progress
        aria-label={`Progress of the ${data.kind}`}
        max={data.state === "done" ? 1 : (data.progress?.total ?? 1)}
        {...(data.state === "done"
          ? { value: 1 }
          : data.progress?.total === undefined
            ? {}
            : { value: data.progress.done })}
      />
      {data.attempts > 1 && <span className="soft">attempt {data.attempts}</span>}
      {data.state !== "done" && <JobFailure output={data.output} />}
    </div>
  );
}

function JobFailure({ output }: { readonly output: unknown }) {
  const { code, message } = (output ?? {}) as { readonly code?: string; readonly message?: string };
  if (message === undefined && code === undefined) return null;
  return (
    <p className="bad">
      {message} {code !== undefined && <code>{code}</code>}
    </p>
  );
}
