import OmniTranslate

/// Answers to questions that say the same in other words.
extension RequestExecution {
    /// Looks for an answer to a similar question, and gives it.
    ///
    /// Whatever goes wrong, the request goes on as if there were none. When there is none, the question's vector stays in
    /// the request's ``SimilarCourse`` for the answer to come.
    /// - Returns: whether the client was answered.
    @inline(never)  // Its temporaries would lie in the frame of every request the cache may answer.
    func answersSimilarly(
        _ key: CacheKey, plan: RoutePlan, settings: CacheSettings, routes: RoutePlanner
    ) async -> Bool {
        guard let course = cache?.similar, let question = course.takeQuestion(),
            engine.cache.similar.beginsComparison(now: engine.clock.wallMilliseconds())
        else { return false }
        let embedder = QuestionEmbedder(engine: engine, routes: routes, eventLoop: eventLoop)
        let embedding = await embedder.embed(
            question.text, by: settings.semantic.model, within: settings.semantic.deadline, requestID: request.id)
        let now = engine.clock.wallMilliseconds()
        engine.cache.similar.noteEmbedding(embedding.result, cost: embedding.cost, now: now)
        if case .vector(let vector) = embedding.result {
            let context = course.take(vector, of: question, maker: embedding.maker)
            while let match = await engine.cache.similar.nearest(
                to: vector, in: context, atLeast: settings.semantic.threshold,
                after: now - settings.lifetimeMilliseconds)
            {
                if await gives(match, to: key, plan: plan) { return true }
                engine.cache.similar.remove([match.key])
            }
        }
        engine.cache.similar.noteMiss()
        return false
    }

    /// Gives the answer that was found, to those as well who wait with the same question.
    private func gives(_ match: VectorBlock.Match, to key: CacheKey, plan: RoutePlan) async -> Bool {
        guard var answer = await keptAnswer(match.key) else { return false }
        answer.similarity = match.similarity
        guard await replay(answer, key: match.key, plan: plan) else { return false }
        engine.cache.end(key, .similar(answer))
        return true
    }

    private func keptAnswer(_ key: CacheKey) async -> CachedAnswer? {
        switch engine.cache.kept(key, now: engine.clock.wallMilliseconds()) {
        case .answer(let answer): answer
        case .archived(let archive): await archived(key, in: archive)
        case nil: nil
        }
    }

    /// Keeps the question's vector for the answer that was just kept.
    func keepVector(for key: CacheKey, storedAt: Int64, model: String) {
        guard let course = cache?.similar, let vector = course.vector, let context = course.context else { return }
        engine.cache.similar.keep(vector, for: key, storedAt: storedAt, in: context, model: model)
    }
}
