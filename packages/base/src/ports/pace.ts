export interface Pace {
  isDue(): boolean;
  pause(): Promise<void>;
  processorMs(): number;
}
