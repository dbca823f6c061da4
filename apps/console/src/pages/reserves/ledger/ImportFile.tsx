import { useMutation } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { isRefusedBy } from "../../../errors.ts";
import { bytesText, countText } from "../../../format/units.ts";
import { Attempts } from "../../../session/Attempts.ts";
import { type Issue, problemOf } from "../../../session/askService.ts";
import { ProblemText } from "../../../session/ProblemText.tsx";
import { Field, Form } from "../../../ui/Form.tsx";
import { Card } from "../../../ui/primitives.tsx";
import { Table } from "../../../ui/Table.tsx";
import { refresh } from "../service/useReserves.ts";
import { csvText, download } from "../ui/download.ts";
import { uploadImport } from "./uploadImport.ts";

const FILE_BYTES_MAX = 64 * 1_048_576;
const REFUSED = "IMPORT_REFUSED";
const EXAMPLE = "key,customer,asset,kind,amount,reference,time";

export function ImportFile() {
  const [file, setFile] = useState<File>();
  const { importing, sent, stop } = useImport();
  const wrong =
    file === undefined
      ? "Choose a file."
      : file.size > FILE_BYTES_MAX
        ? `The file size is ${bytesText(file.size)}. The limit is ${bytesText(FILE_BYTES_MAX)}.`
        : undefined;
  return (
    <Card title="Import a file">
      <Form
        label="Import a file"
        isValid={wrong === undefined}
        isSending={importing.isPending}
        onSubmit={() => file !== undefined && importing.mutate(file)}
        action="Import"
      >
        <Field
          label="CSV file"
          hint={
            <>
              Columns <code>{EXAMPLE}</code>. All lines are imported or none. Lines already imported are
              skipped.
            </>
          }
          wrong={wrong}
        >
          {(control) => (
            <input
              {...control}
              type="file"
              accept=".csv,text/csv"
              onChange={({ target }) => {
                setFile(target.files?.[0]);
                importing.reset();
              }}
            />
          )}
        </Field>
      </Form>
      {importing.isPending && (
        <div className="job" role="status">
          {sent < 1 ? `Uploaded ${Math.floor(sent * 100)} %` : "Uploaded. Importing lines…"}
          <progress aria-label="Upload" max={1} {...(sent < 1 ? { value: sent } : {})} />
          <button type="button" onClick={stop}>
            Cancel
          </button>
        </div>
      )}
      {importing.data !== undefined && (
        <p role="status" className="good">
          {countText(importing.data.enteredCount)} of {countText(importing.data.lineCount)} lines imported,{" "}
          {countText(importing.data.replayedCount)} already imported.
        </p>
      )}
      <ImportProblem error={importing.error} />
    </Card>
  );
}

/** `sent` is the uploaded share, from 0 to 1. */
function useImport() {
  const [sent, setSent] = useState(0);
  const [attempts] = useState(() => new Attempts());
  const stopping = useRef<AbortController>(undefined);
  const importing = useMutation({
    mutationFn: (file: File) => {
      setSent(0);
      stopping.current = new AbortController();
      const { signal } = stopping.current;
      const { name, size, lastModified } = file;
      return attempts.send({ name, size, lastModified }, ({ key }) =>
        uploadImport(file, key, setSent, signal),
      );
    },
    onError(error) {
      // The service repeats a refusal for the same idempotency key.
      if (isRefusedBy(error, REFUSED)) attempts.forget();
    },
    onSuccess: () => refresh(["listEntries", "getTotals", "getBalances", "listHistory", "listCustomers"]),
  });
  return { importing, sent, stop: () => stopping.current?.abort() };
}

function ImportProblem({ error }: { readonly error: Error | null }) {
  const problem = problemOf(error);
  if (problem === undefined || problem.code !== REFUSED) {
    if (error instanceof DOMException && error.name === "AbortError") {
      return <p role="status">Import cancelled. Nothing was imported unless the service confirmed it.</p>;
    }
    return <ProblemText error={error} />;
  }
  const { lineCount, badCount } = problem.facts as { readonly lineCount: number; readonly badCount: number };
  const issues = problem.issues ?? [];
  return (
    <div role="alert">
      <div className="notice notice-bad">
        <strong>
          {countText(badCount)} of {countText(lineCount)} lines are invalid: nothing was imported
        </strong>
        <p>{problem.hint}</p>
      </div>
      <BadLines issues={issues} />
    </div>
  );
}

function BadLines({ issues }: { readonly issues: readonly Issue[] }) {
  const lines = issues.map(({ pointer, reason }) => {
    const [code = "", ...rest] = reason.split(": ");
    return { line: pointer.replace("/line/", ""), code, message: rest.join(": ") };
  });
  return (
    <Table
      label="Invalid lines"
      rows={lines}
      keyOf={({ line, code }) => `${line} ${code}`}
      columns={[
        { name: "Line", width: "5rem", isNumeric: true, cell: ({ line }) => line },
        {
          name: "Error",
          width: "1fr",
          cell: ({ message }) => <span title={message}>{message}</span>,
        },
        { name: "Code", width: "13rem", isMinor: true, cell: ({ code }) => <code>{code}</code> },
      ]}
      footer={
        <div className="list-foot">
          <span className="soft">The first {countText(lines.length)} lines are shown.</span>
          <button
            type="button"
            onClick={() => {
              const rows = lines.map(({ line, code, message }) => [line, code, message]);
              download("bad-lines.csv", csvText([["line", "code", "message"], ...rows]), "text/csv");
            }}
          >
            Download CSV
          </button>
        </div>
      }
    />
  );
}
