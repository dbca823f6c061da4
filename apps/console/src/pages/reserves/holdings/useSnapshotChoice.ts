import { useState } from "react";
import { usePublishedRecords } from "../verify/publishedRecords.ts";

export function useSnapshotChoice() {
  const records = usePublishedRecords();
  const [chosen, setChosen] = useState("");
  const value = chosen === "" ? String(records[0]?.number ?? "") : chosen;
  const options = records.map(({ number }) => [String(number), `snapshot ${number}`] as const);
  const { snapshotId } = records.find(({ number }) => String(number) === value) ?? {};
  return { value, setChosen, options, snapshotId };
}
