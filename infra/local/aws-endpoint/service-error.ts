/** What an AWS service answers instead of doing what it was asked: the SDK throws an error of this name. */
export class ServiceError extends Error {
  readonly status: number;

  /** @param name as the service's API reference has it, such as `ValidationException` */
  constructor(name: string, message: string, status = 400) {
    super(message);
    this.name = name;
    this.status = status;
  }
}
