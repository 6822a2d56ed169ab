/** What the queues use of the SDK. A file of its own, so that it can be loaded when it is first needed. */
export { SendMessageBatchCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
