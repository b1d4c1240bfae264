import { expect } from 'chai';
import { memoryStorage, type RestEntity, type SyncEngine } from '../../../src/sync/index.js';
import { World } from '../world/world.js';
import { all, device, settle, tasks, type Task } from './device.js';
import { RestServer } from './server.js';

interface Project {
  id: string;
  name: string;
}

interface Listed {
  id: string;
  projects: (string | null)[];
}

/** Rows are made here under one id and accepted under another. */
describe('ids that the server gives', () => {
  let server: RestServer;
  const engines: SyncEngine[] = [];
  const entity: RestEntity = { ids: 'server' };

  const open = (options: Parameters<typeof device>[1] = {}) => {
    const engine = device(server, {
      entities: { projects: {}, tasks: { dependsOn: { project: 'projects' } } },
      rest: { entities: { tasks: entity, projects: entity } },
      ...options,
    });
    engines.push(engine);
    return engine;
  };
  const projects = (engine: SyncEngine) => engine.collection<Project>('projects');

  beforeEach(async () => {
    server = await new RestServer({ ids: 'server' }).start();
  });
  afterEach(async () => {
    await Promise.all(engines.splice(0).map((engine) => engine.close()));
    await server.stop();
  });

  it('take the place of ours, and ours go on working', async () => {
    const engine = open();
    const id = await tasks(engine).create({ title: 'One' });
    await settle(engine);
    expect(all(engine)).to.deep.equal([{ id: 's1', title: 'One' }]);
    expect(tasks(engine).get(id)).to.equal(tasks(engine).get('s1'));
    await tasks(engine).update(id, { title: 'Two' });
    expect(tasks(engine).isPending(id)).to.equal(true);
    await settle(engine);
    expect(server.rows('tasks')).to.deep.equal([{ id: 's1', title: 'Two' }]);
    const again: unknown = await tasks(engine)
      .create({ id, title: 'Again' })
      .catch((error: unknown) => error);
    expect(again).to.have.property('code', 'already-exists');
    await tasks(engine).delete(id);
    await settle(engine);
    expect(server.rows('tasks')).to.deep.equal([]);
    expect(tasks(engine).get(id)).to.equal(undefined);
  });

  it('are taken over by what was written meanwhile', async () => {
    const engine = open();
    await settle(engine);
    server.faults.push({ delay: 50 });
    const write = tasks(engine).create({ title: 'One' });
    const id = await write;
    while (!server.count('POST')) await new Promise((done) => setTimeout(done));
    const later = tasks(engine).update(id, { note: 'Meanwhile' });
    await later;
    await settle(engine);
    await Promise.all([write.synced, later.synced]);
    expect(server.rows('tasks')).to.deep.equal([{ id: 's1', title: 'One', note: 'Meanwhile' }]);
    expect(server.effects).to.deep.equal(['POST tasks/s1', 'PATCH tasks/s1']);
  });

  it('are taken over by the rows that refer to them', async () => {
    const engine = open();
    await settle(engine);
    engine.setOnline(false);
    const project = await projects(engine).create({ name: 'Garden' });
    await tasks(engine).create({ title: 'Dig', project });
    const second = await tasks(engine).create({ title: 'Sow', project: null });
    await tasks(engine).update(second, { project });
    engine.setOnline(null);
    await settle(engine);
    const [garden] = server.rows('projects');
    expect(server.rows('tasks').map((row) => row.project)).to.deep.equal([garden!.id, garden!.id]);
    for (const task of all(engine)) expect(task.project).to.equal(garden!.id);
    // A reference by the old id, written by who still holds it.
    await tasks(engine).create({ title: 'Reap', project });
    await settle(engine);
    expect(server.rows('tasks').at(-1)).to.include({ title: 'Reap', project: garden!.id });
  });

  it('are taken over by lists that name them', async () => {
    const engine = open({
      entities: { projects: {}, tasks: { dependsOn: { projects: 'projects' } } },
    });
    const lists = engine.collection<Listed>('tasks');
    await settle(engine);
    engine.setOnline(false);
    const named = [await projects(engine).create({ name: 'Garden' }), 'elsewhere'];
    await lists.create({ projects: named });
    engine.setOnline(null);
    await settle(engine);
    const [garden] = server.rows('projects');
    expect(server.rows('tasks')[0]!.projects).to.deep.equal([garden!.id, 'elsewhere']);
    expect(lists.query({ where: { projects: named } }).get()).to.have.length(1);
    expect(
      lists.query({ where: { projects: [garden!.id as string, 'elsewhere'] } }).get(),
    ).to.have.length(1);
  });

  it('are taken over by a row that names one which names it, and itself', async () => {
    const engine = open({ entities: { tasks: { dependsOn: { friend: 'tasks', also: 'tasks' } } } });
    const friends = engine.collection<{ id: string; friend?: string; also?: string[] }>('tasks');
    await settle(engine);
    engine.setOnline(false);
    const x = await friends.create({});
    const y = await friends.create({ friend: x });
    await friends.update(x, { friend: y, also: [x, y] });
    engine.setOnline(null);
    await settle(engine);
    expect(server.rows('tasks')).to.deep.equal([
      { id: 's1', friend: 's2', also: ['s1', 's2'] },
      { id: 's2', friend: 's1' },
    ]);
    expect(friends.query({ where: { friend: y } }).get()).to.have.length(1);
    expect(engine.getStatus()).to.include({ pending: 0, failed: 0 });
  });

  it('are taken over by a refused row that is sent again once its parent is made', async () => {
    const engine = open();
    await settle(engine);
    server.faults.push({ status: 422 });
    await tasks(engine).create({ title: 'One', project: 'p' });
    await settle(engine);
    expect(engine.failed()).to.have.length(1);
    await projects(engine).create({ id: 'p', name: 'P' });
    await settle(engine);
    const [{ id }] = server.rows('projects') as [{ id: string }];
    expect(engine.failed()[0]!.data).to.include({ project: id });
    await engine.reprocessFailed();
    await settle(engine);
    expect(server.rows('tasks')).to.have.nested.property('[0].project', id);
  });

  it('are taken over by a decision that was begun before they were given', async () => {
    const engine = open({
      entities: {
        projects: {},
        tasks: { dependsOn: { project: 'projects' }, conflictStrategy: 'manual' },
      },
    });
    await tasks(engine).create({ title: 'One' });
    await settle(engine);
    engine.setOnline(false);
    const project = await projects(engine).create({ name: 'P' });
    await tasks(engine).update('s1', { title: 'Mine' });
    server.write('tasks', 's1', { title: 'Theirs' });
    engine.setOnline(null);
    await settle(engine);
    const [conflict] = engine.conflicts();
    await engine.resolve(conflict!.id, { ...conflict!.local!, project } as Task);
    await settle(engine);
    const [{ id }] = server.rows('projects') as [{ id: string }];
    expect(server.rows('tasks')).to.have.nested.property('[0].project', id);
  });

  it('change nothing in what a live query shows but the id', async () => {
    const engine = open();
    await settle(engine);
    engine.setOnline(false);
    const project = await projects(engine).create({ name: 'Garden' });
    await tasks(engine).create({ title: 'Dig', project });
    const id = await tasks(engine).create({ title: 'Sow', project });
    const listed: string[][] = [];
    const within: string[][] = [];
    const one: (string | undefined)[] = [];
    const titles = (rows: readonly Task[]) => rows.map(({ title }) => title!);
    tasks(engine)
      .query({ orderBy: 'title' })
      .subscribe((rows) => listed.push(titles(rows)));
    tasks(engine)
      .query({ where: { project }, orderBy: 'title' })
      .subscribe((rows) => within.push(titles(rows)));
    tasks(engine)
      .observe(id)
      .subscribe((row) => one.push(row?.title));
    engine.setOnline(null);
    await settle(engine);
    await tasks(engine).update(id, { title: 'Water' });
    await settle(engine);
    const seen = (lists: string[][]) => [...new Set(lists.map((list) => list.join()))];
    expect(seen(listed)).to.deep.equal(['Dig,Sow', 'Dig,Water']);
    expect(seen(within)).to.deep.equal(['Dig,Sow', 'Dig,Water']);
    expect([...new Set(one)]).to.deep.equal(['Sow', 'Water']);
    expect(
      tasks(engine)
        .query({ where: { $or: [{ id }, { project }] } })
        .get(),
    ).to.have.length(2);
  });

  it('are known after a reload, and in every tab', async () => {
    const { locks, channel } = new World().device();
    const options = { storage: memoryStorage(), ports: { locks, channel } };
    const [leader, follower] = [open(options), open(options)];
    await Promise.all([leader.ready, follower.ready]);
    await settle(leader);
    const id = await tasks(follower).create({ title: 'One' });
    const shown: string[] = [];
    tasks(follower)
      .query()
      .subscribe((rows) => shown.push(rows.map(({ title }) => title).join()));
    await settle(leader);
    await settle(follower);
    expect(all(follower)).to.deep.equal([{ id: 's1', title: 'One' }]);
    expect(tasks(follower).get(id)?.title).to.equal('One');
    await tasks(follower).update(id, { title: 'Two' });
    await settle(follower);
    expect(new Set(shown)).to.deep.equal(new Set(['One', 'Two']));
    await Promise.all([leader.close(), follower.close()]);
    const after = open(options);
    const early = tasks(after).query({ where: { id } });
    const live: (string | undefined)[] = [];
    early.subscribe(([row]) => live.push(row?.title));
    await after.ready;
    expect(tasks(after).get(id)).to.deep.equal({ id: 's1', title: 'Two' });
    expect(early.get()).to.have.length(1);
    await Promise.resolve();
    expect(live.at(-1)).to.equal('Two');
    await tasks(after).update(id, { title: 'Three' });
    await settle(after);
    expect(server.rows('tasks')).to.deep.equal([{ id: 's1', title: 'Three' }]);
  });

  it('are the same when the answer was lost and the app with it', async () => {
    const options = { storage: memoryStorage() };
    const before = open(options);
    await settle(before);
    server.faults.push('drop-response');
    const id = await tasks(before).create({ title: 'One' });
    await before.fullSync().catch(() => {});
    await before.close();
    expect(server.effects).to.deep.equal(['POST tasks/s1']);
    const after = open(options);
    await settle(after);
    expect(server.effects).to.deep.equal(['POST tasks/s1']);
    expect(all(after)).to.deep.equal([{ id: 's1', title: 'One' }]);
    expect(tasks(after).get(id)?.id).to.equal('s1');
  });

  it('join the row that a pull has brought before the answer came', async () => {
    const engine = open();
    await settle(engine);
    server.faults.push('drop-response');
    const id = await tasks(engine).create({ title: 'One' });
    engine.setOnline(false);
    await new Promise((done) => setTimeout(done, 20));
    await tasks(engine).update(id, { note: 'Mine' });
    engine.setOnline(null);
    await settle(engine);
    const expected = [{ id: 's1', title: 'One', note: 'Mine' }];
    expect(server.rows('tasks')).to.deep.equal(expected);
    expect(all(engine)).to.deep.equal(expected);
  });

  describe('that are numbers', () => {
    const numbers: RestEntity = { ids: 'server', numericIds: true };
    const rest = { entities: { tasks: numbers, projects: numbers } };

    beforeEach(async () => {
      await server.stop();
      server = await new RestServer({ ids: 'numbers' }).start();
      server.refuse = ({ project }) =>
        typeof project === 'string' ? 'The number of a project, please.' : undefined;
    });

    it('are sent as numbers where other rows name them', async () => {
      const engine = open({ rest });
      await settle(engine);
      engine.setOnline(false);
      const id = await projects(engine).create({ name: 'One' });
      const task = await tasks(engine).create({ title: 'One', project: id });
      await tasks(engine).create({ title: 'Two', project: null });
      engine.setOnline(null);
      await settle(engine);
      await tasks(engine).update(task, { note: 'More' });
      await settle(engine);
      expect(engine.failed()).to.deep.equal([]);
      const [project] = server.rows('projects');
      expect(server.rows('tasks').map((row) => row.project)).to.have.members([project!.id, null]);
    });

    it('are sent and read in lists, too', async () => {
      const entities = { projects: {}, tasks: { dependsOn: { projects: 'projects' } } };
      const engine = open({ rest, entities });
      const lists = engine.collection<Listed>('tasks');
      await settle(engine);
      engine.setOnline(false);
      const named = [await projects(engine).create({ name: 'One' }), 'later', null];
      const id = await lists.create({ projects: named });
      await lists.update(id, {
        projects: [...named, await projects(engine).create({ name: 'Two' })],
      });
      engine.setOnline(null);
      await settle(engine);
      expect(server.rows('tasks').map((row) => row.projects)).to.deep.equal([
        [1, 'later', null, 2],
      ]);
      expect(
        lists
          .query()
          .get()
          .map((row) => row.projects),
      ).to.deep.equal([['1', 'later', null, '2']]);
      await engine.pull();
      expect(lists.query({ where: { id } }).get()).to.have.length(1);
    });

    it('are found by the id of the row that they name', async () => {
      server.write('projects', '7', { name: 'One' });
      server.write('tasks', '1', { title: 'One', project: 7 });
      const engine = open({ rest });
      await settle(engine);
      const [project] = projects(engine).query().get();
      const found = tasks(engine).query({ where: { project: project!.id } });
      expect(found.get()).to.deep.equal([{ id: '1', title: 'One', project: '7' }]);
      await tasks(engine).update('1', { title: 'Two' });
      await settle(engine);
      expect(server.rows('tasks')).to.deep.equal([{ id: 1, title: 'Two', project: 7 }]);
      expect(found.get()).to.have.length(1);
    });

    it('are numbers in whole rows, too', async () => {
      server.write('tasks', '1', { title: 'One' });
      const put: RestEntity = { ...numbers, update: 'PUT' };
      const engine = open({ rest: { entities: { tasks: put } } });
      await settle(engine);
      await tasks(engine).update('1', { title: 'Two' });
      await settle(engine);
      const sent = server.requests.find(({ method }) => method === 'PUT');
      expect(sent!.body).to.deep.equal({ id: 1, title: 'Two' });
    });
  });
});
