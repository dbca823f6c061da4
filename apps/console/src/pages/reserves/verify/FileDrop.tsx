import { type ClipboardEvent, useEffect, useId, useRef, useState } from "react";

export interface GivenFile {
  readonly name: string;
  readonly blob: Blob;
}

interface FileDropProps {
  readonly isReady: boolean;
  readonly onFile: (file: GivenFile) => void;
}

/** Accepts drops on the whole page: browsers open files that are dropped elsewhere. */
export function FileDrop({ isReady, onFile }: FileDropProps) {
  const input = useRef<HTMLInputElement>(null);
  const id = useId();
  const take = (files: FileList | null): void => {
    const file = files?.[0];
    if (file !== undefined) onFile({ name: file.name, blob: file });
  };
  const isOver = useDroppedFiles(take);
  const paste = (event: ClipboardEvent<HTMLTextAreaElement>): void => {
    event.preventDefault();
    const text = event.clipboardData.getData("text/plain");
    if (event.clipboardData.files.length > 0) take(event.clipboardData.files);
    else if (text !== "") onFile({ name: "pasted text", blob: new Blob([text]) });
  };
  return (
    <div className={isOver ? "drop drop-over" : "drop"}>
      <svg width="44" height="44" viewBox="0 0 24 24" aria-hidden="true">
        <path className="drop-sign" d="M12 3v11m0-11-4 4m4-4 4 4M4 14v5a2 2 0 0 0 2 2h12a2 2 0 0 0 2-2v-5" />
      </svg>
      <p>
        <strong>Drop a proof file here</strong>
      </p>
      <div className="buttons">
        <button type="button" className="primary" disabled={!isReady} onClick={() => input.current?.click()}>
          Choose a file
        </button>
        <input
          ref={input}
          type="file"
          hidden
          aria-label="Proof file"
          onChange={({ target }) => {
            take(target.files);
            target.value = "";
          }}
        />
      </div>
      <label htmlFor={id} className="soft">
        or paste its content
      </label>
      <textarea id={id} rows={2} value="" readOnly={!isReady} onChange={() => {}} onPaste={paste} />
      <p className="soft" role="status">
        {isReady ? "Ready. The verifier is loaded: you can go offline now." : "Loading the verifier…"}
      </p>
    </div>
  );
}

function useDroppedFiles(take: (files: FileList | null) => void): boolean {
  const [isOver, setOver] = useState(false);
  const taking = useRef(take);
  taking.current = take;
  useEffect(() => {
    const over = (event: DragEvent): void => {
      if (event.dataTransfer?.types.includes("Files") !== true) return;
      event.preventDefault();
      setOver(true);
    };
    const leave = ({ relatedTarget }: DragEvent): void => {
      if (relatedTarget === null) setOver(false);
    };
    const drop = (event: DragEvent): void => {
      if (event.dataTransfer?.types.includes("Files") !== true) return;
      event.preventDefault();
      setOver(false);
      taking.current(event.dataTransfer.files);
    };
    addEventListener("dragover", over);
    addEventListener("dragleave", leave);
    addEventListener("drop", drop);
    return () => {
      removeEventListener("dragover", over);
      removeEventListener("dragleave", leave);
      removeEventListener("drop", drop);
    };
  }, []);
  return isOver;
}
