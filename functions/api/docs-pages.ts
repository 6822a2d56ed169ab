import operation from '../../infra/OPERATION.md';
import asmx from '../asmx/README.md';
import client from '../client/README.md';
import events from '../events/README.md';
import job from '../shared/job/README.md';
import problems from '../shared/problem/README.md';
import uploads from '../uploads/README.md';
import api from './README.md';

/** A page as it is served: its name below `/docs`, what it is about, where it lies in the repository, and its text. */
export interface DocsPage {
  name: string;
  title: string;
  path: string;
  text: string;
}

/** The pages that users of the API need. They stand beside what they describe; the bundle takes them from there. */
export const docsPages: readonly DocsPage[] = [
  { name: 'api', title: 'The API', path: 'functions/api/README.md', text: api },
  { name: 'client', title: 'Clients', path: 'functions/client/README.md', text: client },
  { name: 'jobs', title: 'Life of a job', path: 'functions/shared/job/README.md', text: job },
  { name: 'problems', title: 'Problems', path: 'functions/shared/problem/README.md', text: problems },
  { name: 'files', title: 'Files of recipients', path: 'functions/uploads/README.md', text: uploads },
  { name: 'events', title: 'Events', path: 'functions/events/README.md', text: events },
  { name: 'drop-in', title: 'The drop-in endpoint', path: 'functions/asmx/README.md', text: asmx },
  { name: 'operation', title: 'Operation', path: 'infra/OPERATION.md', text: operation },
];
